"""The example clinic is what its generator writes, and looks like a clinic."""

import csv
import json
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

import pytest

from examples.generate import FOLDER, SEED, generate, read, write

PRIMARY_CARE = ("FM-", "PED-")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_bytes().splitlines()]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_committed_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    write(SEED, tmp_path)
    assert read(tmp_path) == read()


def test_another_seed_is_another_clinic() -> None:
    assert generate(SEED + 1)["calls.ndjson"] != generate(SEED)["calls.ndjson"]


def test_its_size_is_as_promised() -> None:
    kinds = [row["kind"] for row in rows("resources.csv")]
    assert (kinds.count("provider"), kinds.count("room"), kinds.count("device")) == (20, 15, 6)
    assert len({row["specialties"] for row in rows("resources.csv") if row["kind"] == "provider"}) == 6
    assert len({row["time_zone"] for row in rows("facilities.csv")}) == 2
    assert len(lines("patients.ndjson")) == 1_200
    assert 400 <= len(lines("calls.ndjson")) <= 600


def test_every_number_and_address_is_reserved_for_fiction() -> None:
    for patient in lines("patients.ndjson"):
        for contact in patient["contacts"]:
            value = contact["value"]
            fictional = "-555-01" in value if contact["channel"] == "sms" else value.endswith(".example")
            assert fictional, value


def test_names_of_records_and_resources_are_unique() -> None:
    numbers = [patient["identifiers"][0]["value"] for patient in lines("patients.ndjson")]
    names = [row["resource"] for row in rows("resources.csv")]
    assert len(set(numbers)) == len(numbers)
    assert len(set(names)) == len(names)


def test_visits_go_as_the_literature_says() -> None:
    visits = lines("visits.ndjson")
    waits = [visit["wait_minutes"] for visit in visits if not visit["no_show"]]
    early, median, late = quantiles(waits, n=4)
    assert mean(visit["no_show"] for visit in visits) == pytest.approx(0.23, abs=0.06)
    assert (early, median, late) == (
        pytest.approx(6, abs=3),
        pytest.approx(15, abs=4),
        pytest.approx(32, abs=6),
    )


def test_a_primary_care_visit_lasts_fifteen_to_twenty_minutes() -> None:
    minutes = {kind["code"]: kind["minutes"] for kind in lines("visit_types.ndjson")}
    booked = [call["visit_type"] for call in lines("calls.ndjson") if call["call"] in ("book", "hold")]
    assert 15 <= mean(minutes[code] for code in booked if code.startswith(PRIMARY_CARE)) <= 20


def test_every_visit_type_can_be_seen_by_somebody_somewhere() -> None:
    offered = {(row["kind"], row["specialties"]) for row in rows("resources.csv")}
    for kind in lines("visit_types.ndjson"):
        assert {(need["kind"], need["specialty"]) for need in kind["needs"]} <= offered, kind["code"]
