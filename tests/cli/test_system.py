"""``almanac system``: registered, listed, withdrawn, with topics and the ACLs that belong to them."""

import json
from uuid import uuid4

import pytest

from backbone.commanding.systems import MIGRATIONS, SCHEMA
from backbone.store.migrating import migrate
from tests.cli.test_commands import almanac, said


@pytest.fixture
async def settings(database: str, kafka: str, topic_prefix: str) -> dict[str, str]:
    await migrate(database, SCHEMA, MIGRATIONS)
    return {"database_url": database, "kafka_bootstrap": kafka, "topic_prefix": topic_prefix}


def test_a_system_is_registered_listed_and_withdrawn(settings: dict[str, str]) -> None:
    where, prefix = str(uuid4()), settings["topic_prefix"]
    line = (
        "system",
        "register",
        "lab",
        "--role",
        "clinician",
        "--facility",
        where,
        "--principal",
        "User:lab",
    )
    told = json.loads(almanac(*line, "--json", **settings).stdout)
    assert (told["roles"], told["facility_ids"], told["version"]) == (["clinician"], [where], 1)
    assert [topic["name"] for topic in told["topics"]] == [
        f"{prefix}almanac.commands.lab",
        f"{prefix}almanac.command-results.lab",
        f"{prefix}almanac.commands.lab.dead-letter",
    ]
    assert all(topic["created"] and not topic["problems"] for topic in told["topics"])
    assert len(told["acls"]) == 3

    again = almanac(*line, **settings)
    assert again.returncode == 0
    assert "as it must be" in again.stdout
    tool = f"kafka-acls.sh --bootstrap-server {settings['kafka_bootstrap']} --command-config admin.properties"
    write = f"--add --allow-principal User:lab --operation Write --topic {prefix}almanac.commands.lab"
    assert f"{tool} {write}" in again.stdout.splitlines()
    (listed,) = json.loads(almanac("system", "list", "--json", **settings).stdout)
    assert (listed["system"], listed["version"]) == ("lab", 2)

    assert almanac("system", "withdraw", "lab", **settings).returncode == 0
    assert json.loads(almanac("system", "list", "--json", **settings).stdout) == []
    gone = almanac("system", "withdraw", "lab", **settings)
    assert gone.returncode == 1
    assert "no registered system" in said(gone)


@pytest.mark.parametrize(
    "wrong", [("Lab",), ("lab", "--role", "patient"), ("almanac",), ("lab", "--principal", "lab")]
)
def test_what_no_system_can_be_is_wrong_use(settings: dict[str, str], wrong: tuple[str, ...]) -> None:
    answer = almanac("system", "register", *wrong, **settings)
    assert answer.returncode == 2
    said(answer)
