"""What follows from the settings: where data and keys lie, each schema's URL, what must be encrypted."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from backbone.embedded.datadir import default_data_dir
from backbone.network import is_loopback
from backbone.settings import Settings
from cli.errors import WRONG_USE, CliError

__all__ = [
    "data_dir",
    "erasures_file",
    "key_file",
    "database_urls",
    "read_settings",
    "unknown_settings",
    "refuse_plain_text",
]

ENCRYPTED = ("require", "verify-ca", "verify-full")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%[\]-]+", re.ASCII)


def read_settings() -> Settings:
    """Reads the settings from the environment. Raises ``CliError`` for a wrong value, never shown."""
    try:
        settings = Settings()
        _require_meaning(settings)
        return settings
    except ValidationError as error:
        first = error.errors()[0]
        name = "ALMANAC_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CliError(f"{name}: {first['msg']}", WRONG_USE) from None


def _require_meaning(settings: Settings) -> None:
    """Refuses here, in a line, what a process would fail of later, or what would stand in every event."""
    if _URI.fullmatch(settings.source) is None:
        raise CliError("ALMANAC_SOURCE is a URI, https://almanac.hospital.example say", WRONG_USE)
    _require_login(settings)
    if settings.oidc_issuer is None:
        return
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and is_loopback(issuer.hostname or "")):
        raise CliError("ALMANAC_OIDC_ISSUER is an address that begins with https://", WRONG_USE)
    if settings.oidc_audience is None:
        raise CliError("ALMANAC_OIDC_AUDIENCE must be set where ALMANAC_OIDC_ISSUER is", WRONG_USE)


def _require_login(settings: Settings) -> None:
    password, file = settings.kafka_sasl_password, settings.kafka_sasl_password_file
    if password is not None and file is not None:
        raise CliError(
            "ALMANAC_KAFKA_SASL_PASSWORD and ..._PASSWORD_FILE: give the one or the other", WRONG_USE
        )
    given = settings.kafka_sasl_username and (password or file)
    if settings.kafka_security_protocol.startswith("SASL") and not given:
        raise CliError(
            "ALMANAC_KAFKA_SECURITY_PROTOCOL asks for a login: set ALMANAC_KAFKA_SASL_USERNAME and "
            "ALMANAC_KAFKA_SASL_PASSWORD_FILE",
            WRONG_USE,
        )


def unknown_settings(environ: Mapping[str, str], schemas: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none: misspelt, most likely."""
    known = {f"ALMANAC_{name.upper()}" for name in Settings.model_fields} | {"ALMANAC_KAFKA_JARS"}
    known |= {f"ALMANAC_DATABASE_URL_{schema.upper()}" for schema in schemas}
    return sorted(name for name in environ if name.startswith("ALMANAC_") and name not in known)


def data_dir(settings: Settings, given: Path | None) -> Path:
    """``--data``, else the setting, else the place for the present user."""
    return (given or settings.data_dir or default_data_dir()).expanduser().absolute()


def key_file(settings: Settings, data: Path) -> Path:
    """The key-encryption key's file."""
    return settings.key_file or data / "key"


def erasures_file(settings: Settings, data: Path) -> Path:
    """The file that lists the patients whose keys are destroyed."""
    return settings.key_erasures_file or data / "erasures"


def database_urls(settings: Settings, schemas: Iterable[str]) -> dict[str, str]:
    """Each schema's own URL (``ALMANAC_DATABASE_URL_<SCHEMA>``), else the one for all."""
    urls: dict[str, str] = {}
    for schema in schemas:
        url = os.environ.get(f"ALMANAC_DATABASE_URL_{schema.upper()}") or settings.database_url
        if url is None:
            raise CliError(
                "no PostgreSQL is configured: set ALMANAC_DATABASE_URL, or ALMANAC_DATABASE_URL_"
                + schema.upper(),
                WRONG_USE,
            )
        if urlsplit(url).scheme not in ("postgresql", "postgres"):
            raise CliError(
                "ALMANAC_DATABASE_URL is written postgresql://USER:PASSWORD@HOST/DATABASE", WRONG_USE
            )
        urls[schema] = url
    return urls


def refuse_plain_text(settings: Settings, urls: Mapping[str, str]) -> None:
    """Raises ``CliError`` for a server on another machine that would be reached without encryption."""
    for url in urls.values():
        parts = urlsplit(url)
        mode = parse_qs(parts.query).get("sslmode", [""])[-1]
        if parts.hostname and not is_loopback(parts.hostname) and mode not in ENCRYPTED:
            raise CliError(
                f"PostgreSQL at {parts.hostname} without encryption: add sslmode=verify-full to its URL",
                WRONG_USE,
            )
    if not settings.kafka_security_protocol.endswith("SSL"):
        for server in (settings.kafka_bootstrap or "").split(","):
            host = server.strip().rpartition(":")[0].strip("[]")
            if host and not is_loopback(host):
                raise CliError(
                    f"Kafka at {host} in plain text: set ALMANAC_KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL",
                    WRONG_USE,
                )
