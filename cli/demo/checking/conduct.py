"""How the service behaved: in races, towards mistakes, when a provider dropped out, when one ran late."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from cli.demo.checking.picture import Visit
from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.ledger import Affected, RaceResult, RefusalResult
from cli.demo.observer import Seen

__all__ = ["absences", "delays", "no_surprises", "overbookings", "races", "refusals"]

DELAYS = "almanac.patient-flow.delays"


def races(results: Sequence[RaceResult]) -> Verdict:
    """As many won as there was room for; each loser was told every conflict."""
    problems = [f"{result.name}: {what}" for result in results for what in _race_faults(result)]
    losers = sum(len(result.refusals) for result in results)
    basis = f"{len(results)} races, {losers} losers"
    return verdict("of callers for one slot one wins, others learn why", basis, problems, rests_on=losers)


def _race_faults(result: RaceResult) -> Iterator[str]:
    if len(result.won) != result.wins_allowed:
        yield f"{len(result.won)} won where {result.wins_allowed} could"
    for refused in result.refusals:
        told = {
            UUID(conflict["resource_id"]) for conflict in refused.conflicts if conflict.get("resource_id")
        }
        if refused.problem != "slot-taken" or not refused.conflicts:
            yield f"a loser got {refused.status} {refused.problem} without conflicts"
        elif not result.contested <= told:
            yield f"a loser was told of {len(told)} taken resources, not of {len(result.contested)}"


def refusals(results: Sequence[RefusalResult]) -> Verdict:
    """Every mistake was refused as it should be."""
    problems = [
        f"{result.what}: {result.answer.status} {result.answer.problem}, not {' or '.join(result.expected)}"
        for result in results
        if result.answer.ok or not {str(result.answer.status), result.answer.problem} & set(result.expected)
    ]
    return verdict(
        "what is wrong is refused, with its reason",
        f"{len(results)} requests",
        problems,
        rests_on=len(results),
    )


def absences(away: Sequence[Affected], seen: Sequence[Seen]) -> Verdict:
    """Every visit that an absence hits is named and is an open task, until it has been moved."""
    opened: dict[UUID, str] = {}
    for record in seen:
        if record.event == "TaskOpened" and record.data.get("appointment_id"):
            opened[record.stream] = record.data["appointment_id"]
    done = {record.stream for record in seen if record.event == "TaskDone"}
    with_task = {UUID(appointment) for appointment in opened.values()}
    finished = {UUID(appointment) for task, appointment in opened.items() if task in done}
    hit = sum(len(one.told) for one in away)
    problems = [f"{appointment} was not named" for one in away for appointment in one.known - one.told]
    problems += [f"{appointment} has no task" for one in away for appointment in one.told - with_task]
    problems += [f"{appointment}: moved, task open" for one in away for appointment in one.moved - finished]
    return verdict("no absence leaves a visit standing silently", f"{hit} visits hit", problems, rests_on=hit)


def overbookings(labelled: frozenset[UUID], visits: Mapping[UUID, Visit]) -> Verdict:
    """Overbookings are those that were asked for by name, and carry it."""
    found = frozenset(visit.appointment_id for visit in visits.values() if visit.overbooked)
    problems = [f"{id} is an overbooking without its name" for id in labelled - found]
    problems += [f"{id} is an overbooking nobody asked for" for id in found - labelled]
    return verdict("overbooked only by name", f"{len(found)} overbookings", problems, rests_on=len(labelled))


def delays(reported: Mapping[UUID, int], shown: Mapping[UUID, int], seen: Sequence[Seen]) -> Verdict:
    """A second service says who runs late, by how much, and who has caught up; agendas ``shown`` it."""
    late: dict[UUID, int] = {}
    events = [record for record in seen if record.topic == DELAYS]
    for record in sorted(events, key=lambda record: record.number("ce_position")):
        if record.event == "ProviderDelayReported":
            late[record.stream] = record.data["minutes"]
        else:
            late.pop(record.stream, None)
    problems = [
        f"{where} {len(found)} delays standing, not {len(reported)}"
        for where, found in (("Kafka has", late), ("the agendas show", shown))
        if found != reported
    ]
    return verdict("delays are known to everybody", f"{len(events)} reports", problems, rests_on=len(events))


def no_surprises(surprises: Sequence[str], calls: int) -> Verdict:
    """The whole day went as the script says."""
    return verdict("every call went as it should", f"{calls} calls", surprises, rests_on=calls)
