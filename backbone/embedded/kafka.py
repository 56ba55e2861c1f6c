"""An Apache Kafka broker of our own: one node, KRaft, on the JVM that pip installed."""

import asyncio
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import EmbeddedError
from backbone.embedded.kafka_config import log4j_file, new_cluster_id, server_properties
from backbone.embedded.kafka_jars import Progress, default_cache, fetch_jars
from backbone.embedded.kafka_java import ENVIRONMENT, Archiving, Java
from backbone.embedded.lifeline import Kept, start_kept
from backbone.embedded.ports import LOOPBACK, choose_ports

__all__ = ["EmbeddedKafka"]

READY_SECONDS = 60.0
FORMAT_SECONDS = 60.0
STOP_SECONDS = 15.0
ATTEMPTS = 3


class EmbeddedKafka:
    """Runs for the time of the ``async with`` block; ends with us however we end. Keeps its data.

    ``progress`` hears of the download that the first start on a machine needs.
    """

    def __init__(self, data: DataDir, progress: Progress | None = None, cache: Path | None = None) -> None:
        self._data = data
        self._folder = data.path / "kafka"
        self._progress = progress
        self._cache = cache or default_cache()
        self._broker: Kept | None = None
        self._archiving: Archiving | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients; plain text, on the loopback."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker's process lives."""
        return self._broker is not None and self._broker.running

    @property
    def pid(self) -> int:
        """Process id of the broker."""
        return self._running().pid

    async def start(self) -> None:
        """Starts it and waits until it answers; first fetches its jars, makes its storage where missing."""
        jars = await asyncio.to_thread(fetch_jars, self._cache, self._progress)
        java = Java(tuple(jars), self._cache)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        scratch = self._folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        log = self._data.log("kafka")
        options = [
            f"-Dlog4j2.configurationFile={log4j_file(self._folder)}",
            f"-Djava.io.tmpdir={scratch}",
        ]
        for _ in range(ATTEMPTS):
            ports = choose_ports(self._data.path / "ports.json", ["kafka", "kafka-controller"])
            self.port = ports["kafka"]
            properties = server_properties(self._folder, ports["kafka"], ports["kafka-controller"])
            await self._format(java, options, properties, log)
            recording = [] if self._archiving else java.recording()
            self._broker = start_kept(
                java.command("kafka.Kafka", str(properties), options=[*options, *recording]),
                directory=self._folder,
                log=log,
                environment=ENVIRONMENT,
                pass_fds=[self._data.lock],
            )
            try:
                if await self._answers():
                    self._archiving = self._archiving or java.start_archiving(log)
                    return
            except BaseException:
                await self.kill()
                raise
            await self._broker.wait()
        raise EmbeddedError(f"Kafka does not start on {self._folder}: see {log}")

    async def stop(self) -> None:
        """Ends it cleanly."""
        if self._archiving is not None:
            self._archiving.give_up()
            self._archiving = None
        if self._broker is not None:
            await self._broker.end(signal.SIGTERM, STOP_SECONDS)

    async def kill(self) -> None:
        """Kills it with SIGKILL, as a crash would; for tests of what survives."""
        if self._broker is not None:
            self._broker.send(signal.SIGKILL)
            await self._broker.wait()

    async def restart(self) -> None:
        """Starts it again, at the same address, after ``kill`` or from running."""
        await self.stop()
        await self.start()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the broker: SIGSTOP freezes it, SIGCONT thaws it."""
        self._running().send(number)

    def _running(self) -> Kept:
        if self._broker is None:
            raise EmbeddedError("Kafka has not been started")
        return self._broker

    async def _format(self, java: Java, options: list[str], properties: Path, log: Path) -> None:
        """Makes the storage once. It counts as made when the tool has ended well: then a mark is set."""
        mark = self._folder / "formatted"
        if mark.exists():
            return
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        tool = start_kept(
            java.command(
                "kafka.tools.StorageTool",
                *("format", "--cluster-id", new_cluster_id(), "--config", str(properties)),
                options=options,
            ),
            directory=self._folder,
            log=log,
            environment=ENVIRONMENT,
        )
        try:
            status = await tool.wait(FORMAT_SECONDS)
        except BaseException:
            tool.send(signal.SIGKILL)
            raise
        if status != 0:
            raise EmbeddedError(f"Kafka's storage can't be made in {self._folder}: see {log}")
        mark.touch()

    async def _answers(self) -> bool:
        """Waits until it lists itself to a client; false if it ended instead."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running:
            if await self._accepts() and await self._lists_itself():
                return True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Kafka does not answer on port {self.port}")
            await asyncio.sleep(0.03)
        return False

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _lists_itself(self) -> bool:
        client = AIOKafkaClient(bootstrap_servers=self.bootstrap, request_timeout_ms=3000)
        try:
            await client.bootstrap()
            return bool(client.cluster.brokers())
        except (KafkaError, OSError):
            return False
        finally:
            await client.close()
