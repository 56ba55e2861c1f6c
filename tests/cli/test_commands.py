"""The command line: statuses 0, 1 and 2, one line per error, nothing but the answer on standard output."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]


def almanac(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALMANAC_")}
    environment |= {f"ALMANAC_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-P", "-m", "cli", *arguments],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def said(answer: subprocess.CompletedProcess[str]) -> str:
    """The one line of an error."""
    assert answer.stdout == ""
    assert answer.stderr.startswith("almanac: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_a_token_is_all_that_is_printed(tmp_path: Path) -> None:
    answer = almanac("token", "--role", "scheduler", "--role", "ops", "--data", str(tmp_path), dev="1")
    assert (answer.returncode, answer.stderr) == (0, "")
    claims = jwt.decode(answer.stdout.strip(), options={"verify_signature": False})
    assert claims["roles"] == ["scheduler", "ops"]


def test_there_are_no_development_tokens_outside_development_mode(tmp_path: Path) -> None:
    answer = almanac("token", "--role", "scheduler", "--data", str(tmp_path))
    assert answer.returncode == 2
    assert "development mode is off" in said(answer)


@pytest.mark.parametrize(
    ("database", "kafka", "settings", "why"),
    [
        (
            "postgresql://u:p@db.example/x",
            "127.0.0.1:9092",
            {},
            "PostgreSQL at db.example without encryption",
        ),
        ("postgresql://u:p@127.0.0.1/x", "10.0.0.9:9092", {}, "Kafka at 10.0.0.9 in plain text"),
        ("postgresql://u:p@127.0.0.1/x", "kafka.example:9092", {}, "Kafka at kafka.example in plain text"),
        (
            "postgresql://u:p@db.example/x?sslmode=verify-full",
            "127.0.0.1:9092,10.0.0.9:9092",
            {
                "kafka_security_protocol": "SASL_PLAINTEXT",
                "kafka_sasl_username": "almanac",
                "kafka_sasl_password": "u:p@",
            },
            "Kafka at 10.0.0.9 in plain text",
        ),
        (
            "postgresql://u:p@127.0.0.1/x",
            "kafka.example:9092",
            {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "almanac"},
            "set ALMANAC_KAFKA_SASL_USERNAME and ALMANAC_KAFKA_SASL_PASSWORD_FILE",
        ),
        (
            "postgresql://u:p@127.0.0.1/x",
            "kafka.example:9092",
            {"kafka_sasl_password": "u:p@", "kafka_sasl_password_file": "/run/secrets/kafka"},
            "the one or the other",
        ),
        ("postgresql://u:p@127.0.0.1/x", "127.0.0.1:9092", {"dev": "1"}, "loopback only"),
    ],
)
def test_serve_refuses_what_is_not_safe(
    database: str, kafka: str, settings: dict[str, str], why: str
) -> None:
    answer = almanac("serve", "projections", database_url=database, kafka_bootstrap=kafka, **settings)
    assert answer.returncode == 2
    assert why in said(answer)
    assert "u:p@" not in answer.stderr


def test_serve_needs_servers_and_known_services() -> None:
    assert "ALMANAC_DATABASE_URL, or ALMANAC_DATABASE_URL_VAULT" in said(almanac("serve", "projections"))
    assert "there is no service 'bookings'" in said(almanac("serve", "bookings"))
    assert almanac("serve").returncode == 2


def test_serve_needs_the_tables(database: str) -> None:
    answer = almanac(
        "serve", "projections", "--port", "0", database_url=database, kafka_bootstrap="127.0.0.1:1"
    )
    assert answer.returncode == 1
    assert "the schema vault lacks 0001_" in said(answer)
    assert "almanac migrate" in answer.stderr


def test_acls_are_for_a_principal_with_its_type() -> None:
    assert "--allow-principal User:hospital " in almanac("acls", "--principal", "User:hospital").stdout
    for principal in ("hospital", ":hospital", "User:"):
        answer = almanac("acls", "--principal", principal)
        assert answer.returncode == 2
        assert "User:NAME" in said(answer)


def test_a_wrong_setting_is_named() -> None:
    for port in ("many", "99999", "-1"):
        answer = almanac("migrate", port=port)
        assert answer.returncode == 2
        assert "ALMANAC_PORT" in said(answer)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"database_url": "localhost/almanac"}, "ALMANAC_DATABASE_URL is written postgresql://"),
        ({"oidc_issuer": "login.example", "oidc_audience": "a"}, "ALMANAC_OIDC_ISSUER is an address"),
        ({"oidc_issuer": "http://login.example", "oidc_audience": "a"}, "begins with https://"),
        ({"oidc_issuer": "https://login.example"}, "ALMANAC_OIDC_AUDIENCE must be set"),
        ({"source": "our clinic"}, "ALMANAC_SOURCE is a URI"),
        ({"key_file": "/proc/none/key"}, "the key file /proc/none/key can't be made"),
    ],
)
def test_settings_that_can_t_work_are_told_before_a_process_fails_of_them(
    settings: dict[str, str], why: str, tmp_path: Path
) -> None:
    answer = almanac("up", "--port", "0", data_dir=str(tmp_path / "none"), **settings)
    assert answer.returncode in (1, 2)
    assert answer.stdout == ""
    assert why in answer.stderr.splitlines()[-1]
    assert answer.stderr.splitlines()[-1].startswith("almanac: ")


def test_a_misspelt_setting_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = almanac("up", "--port", port, data_dir=str(tmp_path / "none"), develop="1")
    assert "there is no setting ALMANAC_DEVELOP: it is passed over" in answer.stderr


def test_a_database_server_that_is_away_is_named() -> None:
    answer = almanac("migrate", database_url="postgresql://u:p@127.0.0.1:1/x")
    assert answer.returncode == 1
    assert "PostgreSQL can't be reached for the schema vault" in said(answer)


def test_a_broker_that_is_away_is_named_with_what_to_look_at() -> None:
    answer = almanac("topics", kafka_bootstrap="127.0.0.1:1")
    assert answer.returncode == 1
    assert "the login among them" in said(answer)


def test_tables_are_made_once(database: str) -> None:
    first = almanac("migrate", "--json", database_url=database)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["vault"][0] == "0001_vault"
    assert set(
        map(tuple, json.loads(almanac("migrate", "--json", database_url=database).stdout).values())
    ) == {()}


def test_a_database_that_is_away_is_told_in_one_line(postgres_server: EmbeddedPostgres) -> None:
    answer = almanac("migrate", database_url=postgres_server.url_for("nowhere"))
    assert answer.returncode == 1
    assert 'database "nowhere" does not exist' in said(answer)


def test_topics_are_made_and_then_compared(kafka_server: EmbeddedKafka, topic_prefix: str) -> None:
    settings = {"kafka_bootstrap": kafka_server.bootstrap, "topic_prefix": topic_prefix}
    missing = almanac("topics", "--check", "--json", **settings)
    assert missing.returncode == 1
    assert {state["problems"][0] for state in json.loads(missing.stdout)} == {"missing"}
    made = almanac("topics", **settings)
    assert made.returncode == 0, made.stderr
    assert f"{topic_prefix}almanac.patient-flow.delays: created" in made.stdout
    again = almanac("topics", **settings)
    assert again.returncode == 0
    assert f"{topic_prefix}almanac.patient-flow.delays.dead-letter: as it must be" in again.stdout


def test_a_check_of_topics_makes_no_installation(tmp_path: Path) -> None:
    answer = almanac("topics", "--check", data_dir=str(tmp_path / "none"))
    assert answer.returncode == 2
    assert "there is no Kafka in" in said(answer)
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in (["up"], ["demo", "--exit"]):
            answer = almanac(*command, "--port", port, data_dir=str(tmp_path / "none"))
            assert answer.returncode == 1
            told = f"can't listen on 127.0.0.1 port {port} (Address already in use): choose another --port"
            assert said(answer) == f"almanac: {told}\n"
    assert not list(tmp_path.iterdir())


def test_help_names_no_place_of_this_machine() -> None:
    for command in ("write", "check", "release"):
        assert str(ROOT) not in "".join(almanac("schemas", command, "--help").stdout.split())


def test_wrong_use_names_the_help_that_tells_more() -> None:
    answer = almanac("system", "register", "--name", "lab")
    assert answer.returncode == 2
    assert "(see almanac system register --help)" in said(answer)
