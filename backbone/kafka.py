"""How this installation reaches Kafka: one value from which every client takes its options."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from backbone.settings import Settings

__all__ = ["Kafka"]

_SASL: dict[str, type[SASLPlaintext] | type[SASLScram256] | type[SASLScram512]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


@dataclass(frozen=True, slots=True)
class Kafka:
    """Bootstrap servers, credentials, and the prefix that sets this installation's topics apart."""

    bootstrap: str
    topic_prefix: str = ""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def configured(cls, settings: Settings, bootstrap: str | None = None) -> "Kafka":
        """From the settings; ``bootstrap`` where they leave it to the embedded broker.

        Raises ``ValueError`` where neither names a broker; ``OSError`` for a file that can't be read.
        """
        address = settings.kafka_bootstrap or bootstrap
        if address is None:
            raise ValueError("no Kafka broker is configured")
        context = None
        if settings.kafka_security_protocol.endswith("SSL"):
            context = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
            if settings.kafka_ssl_certfile is not None:
                context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
        return cls(
            bootstrap=address,
            topic_prefix=settings.topic_prefix,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            sasl_username=settings.kafka_sasl_username,
            sasl_password=_password(settings),
            ssl_context=context,
        )

    def options(self) -> dict[str, Any]:
        """Keyword arguments for aiokafka's clients."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
        }

    def security(self) -> BaseSecurity:
        """The same, as FastStream's broker takes it."""
        use_ssl = self.security_protocol.endswith("SSL")
        if not self.security_protocol.startswith("SASL"):
            return BaseSecurity(ssl_context=self.ssl_context, use_ssl=use_ssl)
        sasl = _SASL[self.sasl_mechanism]
        return sasl(
            username=self.sasl_username or "",
            password=self.sasl_password or "",
            ssl_context=self.ssl_context,
            use_ssl=use_ssl,
        )


def _password(settings: Settings) -> str | None:
    if settings.kafka_sasl_password_file is not None:
        return settings.kafka_sasl_password_file.read_text(encoding="utf-8").rstrip("\r\n")
    given = settings.kafka_sasl_password
    return given.get_secret_value() if given else None
