"""An Apache Kafka broker of our own: one node, KRaft, on the JVM that pip installed."""

import asyncio
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import EmbeddedError
from backbone.embedded.kafka_config import log4j_file, new_cluster_id, server_properties
from backbone.embedded.kafka_jars import Progress, default_cache, fetch_jars
from backbone.embedded.kafka_java import ENVIRONMENT, Archiving, Java
from backbone.embedded.lifeline import Kept, run_tool, start_kept
from backbone.embedded.ports import LOOPBACK, choose_ports
from backbone.embedded.server import EmbeddedServer

__all__ = ["EmbeddedKafka"]

FORMAT_SECONDS = 60.0


class EmbeddedKafka(EmbeddedServer):
    """``progress`` hears of the download that the first start on a machine needs."""

    title = "Kafka"
    end_signal = signal.SIGTERM

    def __init__(self, data: DataDir, progress: Progress | None = None, cache: Path | None = None) -> None:
        super().__init__(data, "kafka")
        self._progress = progress
        self._cache = cache or default_cache()
        self._java = Java((), self._cache)
        self._options: Sequence[str] = ()
        self._archiving: Archiving | None = None

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients; plain text, on the loopback."""
        return f"{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Starts it and waits until it answers; the first start on a machine fetches its jars."""
        await super().start()
        if self._archiving is None:
            self._archiving = self._java.start_archiving(self._log)

    async def stop(self) -> None:
        """Ends it cleanly."""
        if self._archiving is not None:
            self._archiving.give_up()
            self._archiving = None
        await super().stop()

    async def _prepare(self) -> None:
        jars = await asyncio.to_thread(fetch_jars, self._cache, self._progress)
        self._java = Java(tuple(jars), self._cache)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        scratch = self._folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        self._options = [
            f"-Dlog4j2.configurationFile={log4j_file(self._folder)}",
            f"-Djava.io.tmpdir={scratch}",
        ]

    async def _launch(self) -> Kept:
        ports = choose_ports(self._data.path / "ports.json", ["kafka", "kafka-controller"])
        self.port = ports["kafka"]
        properties = self._configure(ports["kafka"], ports["kafka-controller"])
        await self._format(properties)
        recording = [] if self._archiving else self._java.recording()
        return start_kept(
            self._java.command("kafka.Kafka", str(properties), options=[*self._options, *recording]),
            directory=self._folder,
            log=self._log,
            environment=ENVIRONMENT,
            pass_fds=[self._data.lock],
        )

    def _configure(self, port: int, controller_port: int) -> Path:
        """Writes the broker's file of properties."""
        return server_properties(self._folder, port, controller_port)

    async def _format(self, properties: Path) -> None:
        """Makes the storage where there is none: at first, and when its disk was lost.

        It counts as made when the tool has ended well: then a mark is set.
        """
        mark, storage = self._folder / "formatted", self._folder / "data" / "meta.properties"
        if mark.exists() and storage.exists():
            return
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        status = await run_tool(
            self._java.command(
                "kafka.tools.StorageTool",
                *("format", "--cluster-id", new_cluster_id(), "--config", str(properties)),
                options=self._options,
            ),
            directory=self._folder,
            log=self._log,
            within=FORMAT_SECONDS,
            environment=ENVIRONMENT,
        )
        if status != 0:
            raise EmbeddedError(f"Kafka's storage can't be made in {self._folder}: see {self._log}")
        mark.touch()

    async def _answers(self) -> bool:
        """Whether it lists itself to a client."""
        return await self._accepts() and await self._lists_itself()

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
