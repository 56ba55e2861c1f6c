"""Settings from the environment (``ALMANAC_...``); what is unset means: embedded, on this machine."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """One installation's configuration."""

    model_config = SettingsConfigDict(env_prefix="ALMANAC_", extra="ignore", frozen=True)

    database_url: str | None = None
    """PostgreSQL URL; unset: the embedded server."""
    kafka_bootstrap: str | None = None
    """Kafka bootstrap servers, comma separated; unset: the embedded broker."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_sasl_password_file: Path | None = None
    """Where the password stands, as secrets are mounted; a line end after it is none of it."""
    kafka_ssl_cafile: Path | None = None
    kafka_ssl_certfile: Path | None = None
    kafka_ssl_keyfile: Path | None = None
    data_dir: Path | None = None
    port: int = Field(default=8080, ge=0, le=65_535)
    source: str = "https://almanac.example"
    """URI that names this installation: the root of every ``ce_source``."""
    instance: str | None = None
    """Names this process among those that run the same services: unique, and the same after a restart (as a
    stateful set's pods are named). Kafka then gives a killed consumer its partitions back at once."""
    topic_prefix: str = ""
    """Put before each Kafka topic and group name (tests share one broker)."""
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    key_file: Path | None = None
    """Key-encryption key; embedded: made in the data directory."""
    key_erasures_file: Path | None = None
    """Whose keys were destroyed, outside the database; unset: ``erasures`` in the data directory."""
    retention_years: int = Field(default=6, ge=0)
    """How long after a patient's last visit their data are kept at the least."""
    key_vault_url: str | None = None
    """HashiCorp Vault (or OpenBao), whose transit engine then has the key-encryption key."""
    key_vault_mount: str = "transit"
    key_vault_key: str = "almanac"
    """The transit key's name; type ``aes256-gcm96``."""
    key_vault_token_file: Path | None = None
    """Where Vault's agent keeps a fresh token."""
    key_vault_namespace: str | None = None
    key_vault_ca_file: Path | None = None
    """Whom to trust, where it is not a public authority."""
    key_vault_timeout_seconds: float = 2.0
    rate_staff: float = Field(default=500, ge=0)
    """Requests a second of one member of staff in the long run, and ten times as many at once; 0: any number.
    Each process counts for itself."""
    rate_patient: float = Field(default=10, ge=0)
    """The same of one patient."""
    rate_system: float = Field(default=2_000, ge=0)
    """The same of one system."""
    rate_address: float = Field(default=20, ge=0)
    """The same of one network address, without a token that is taken."""
    holds_staff: int = Field(default=50, ge=1, le=10_000)
    """Holds that one member of staff may have at a time."""
    holds_patient: int = Field(default=3, ge=1, le=10_000)
    """The same of one patient."""
    holds_system: int = Field(default=500, ge=1, le=10_000)
    """The same of one system."""
    dev: bool = False
    """Development tokens; only with embedded servers on loopback."""
