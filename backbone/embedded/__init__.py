"""Real PostgreSQL and real Kafka, started by Almanac itself where no server is configured."""

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import EmbeddedError
from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from backbone.embedded.stack import Embedded, Servers

__all__ = ["DataDir", "Embedded", "EmbeddedError", "EmbeddedKafka", "EmbeddedPostgres", "Servers"]
