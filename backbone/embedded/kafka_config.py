"""The broker's configuration files."""

import base64
import uuid
from pathlib import Path

from backbone.embedded.ports import LOOPBACK

__all__ = ["log4j_file", "new_cluster_id", "server_properties"]

LOG4J = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server
logger.server.level = info
"""


def new_cluster_id() -> str:
    """As Kafka's own tool makes it: a random UUID in base64url, which must not look like an option."""
    while True:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not cluster_id.startswith("-"):
            return cluster_id


def log4j_file(folder: Path) -> Path:
    """Writes what the broker shall log: warnings, and its life."""
    path = folder / "log4j2.properties"
    path.write_text(LOG4J)
    return path


def server_properties(folder: Path, port: int, controller_port: int) -> Path:
    """Writes ``server.properties`` of one node that is broker and controller in one, on the loopback only."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        # Voters by configuration, not in the log's own metadata: the port may change from start to start.
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data").replace("\\", "\\\\"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "4",
        # A killed writer's open transaction, whose successor never came, blocks its readers no longer.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        # After a kill the node waits for the session of its former self to end.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "500",
        "log.cleaner.dedupe.buffer.size": "16777216",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "num.recovery.threads.per.data.dir": "2",
    }
    path = folder / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path
