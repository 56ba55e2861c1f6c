"""An embedded Kafka at the end of a line that can be made slow, or swallow everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backbone.embedded.datadir import DataDir
from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.ports import LOOPBACK
from tests.support.slow_line import SlowLine, slow_line

__all__ = ["FarKafka", "far_kafka"]


class FarKafka(EmbeddedKafka):
    """Tells its clients the address of the line's other end: they have no other way to it."""

    def __init__(self, data: DataDir) -> None:
        super().__init__(data)
        self.line_port = 0

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.line_port}"

    def _configure(self, port: int, controller_port: int) -> Path:
        properties = super()._configure(port, controller_port)
        # Of two lines with one name the last one counts.
        with properties.open("a") as file:
            file.write(f"advertised.listeners=PLAINTEXT://{self.bootstrap}\n")
        return properties


@asynccontextmanager
async def far_kafka(data: DataDir) -> AsyncIterator[tuple[FarKafka, SlowLine]]:
    """Not started yet; stopped at the end."""
    kafka = FarKafka(data)
    async with slow_line(lambda: kafka.port) as line:
        kafka.line_port = line.port
        try:
            yield kafka, line
        finally:
            await kafka.stop()
