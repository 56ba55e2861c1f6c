"""Booking asked whatever comes, in whatever order: requests made up by Hypothesis, one after the other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from backbone.store.decision import Accepted, Decision, Refusal, Stale
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.booking import book, reschedule
from services.booking.appointments.changing import cancel, cancel_session, enter_in_error
from services.booking.appointments.holding import book_hold, hold, release_hold
from services.booking.appointments.moving_session import move_session
from services.booking.appointments.standing import absence_stretch
from services.booking.appointments.visit import Visit
from services.booking.commands.appointments import OverrideWanted
from services.booking.commands.setup import AddAbsence
from services.booking.events.tasks import TaskOpened
from services.booking.setup.time_taken_away import add_absence, remove_absence
from tests.services.booking.clinic import NOW, Clinic, asking, at, the
from tests.services.booking.memory import MemoryStore
from tests.services.booking.story import a_clinic

__all__ = ["Requests"]

_times = st.integers(0, 14).map(lambda n: at(9) + timedelta(minutes=15 * n))
_kinds = st.sampled_from(
    [
        ("check-up", ("Adams",)),
        ("check-up", ("Baker",)),
        ("check-up", ("Adams", "Room 1")),
        ("class", ("Adams",)),
        ("class", ("Baker",)),
        ("limited", ("Baker",)),
    ]
)
_patients = st.sampled_from(["Ann", "Bob", "Carol"])
_which = st.integers(0, 50)


class Requests(RuleBasedStateMachine):
    """Requests one after the other, each decided on all that is known."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW.astimezone(UTC)
        self.count = 0

    @initialize()
    def open_the_clinic(self) -> None:
        story = a_clinic().patient("Carol")
        story.visit_type("class", 30, seats=2).visit_type("limited", 15, daily_limit=2)
        self.store = MemoryStore(story.events, self.now)

    def decided(self, decision: Decision) -> None:
        outcome = self.store.submit(decision, self.now)
        assert not isinstance(outcome, Stale), "nothing happened in between"
        if isinstance(outcome, Accepted) and decision.events:
            self.count += 1

    def known(self) -> Clinic:
        self.store.run_out(self.now)
        return self.store.clinic

    def new(self) -> UUID:
        self.count += 1
        return the(f"appointment {self.count}")

    def visit(self, clinic: Clinic, kind: tuple[str, tuple[str, ...]], when: datetime) -> Visit | None:
        visit = clinic.plan(kind[0], when, *kind[1], now=self.now)
        return None if isinstance(visit, Refusal) else visit

    @rule(kind=_kinds, when=_times, patient=_patients, over=st.integers(0, 4))
    def book(self, kind: Any, when: datetime, patient: str, over: int) -> None:
        clinic = self.known()
        visit = self.visit(clinic, kind, when)
        assert visit
        override = OverrideWanted(of=("taken",), reason_code="x") if over == 0 else None
        session = clinic.session(visit) if visit.visit_type.seats else None
        whom = clinic.patients[the(patient)]
        self.decided(
            book(
                asking(self.now),
                self.new(),
                visit,
                whom,
                clinic.setup,
                override=override,
                session=session,
            )
        )

    @rule(kind=_kinds, when=_times, patient=st.one_of(st.none(), _patients), minutes=st.integers(1, 10))
    def hold(self, kind: Any, when: datetime, patient: str | None, minutes: int) -> None:
        clinic = self.known()
        visit = self.visit(clinic, kind, when)
        assert visit
        session = clinic.session(visit) if visit.visit_type.seats else None
        whom = clinic.patients[the(patient)] if patient else None
        lasts = timedelta(minutes=minutes)
        self.decided(hold(asking(self.now), self.new(), visit, whom, lasts, clinic.setup, 50, session))

    @rule(which=_which, patient=_patients)
    def book_hold(self, which: int, patient: str) -> None:
        clinic = self.known()
        held = self.some(clinic, which, lambda a: a.status == "held" and a.seats is None)
        if held:
            whom = clinic.patients[held.patient_id or the(patient)]
            session = clinic.session_of(held.session_id) if held.session_id else None
            self.decided(book_hold(asking(self.now), held, whom, clinic.setup, session=session))

    @rule(which=_which)
    def release(self, which: int) -> None:
        clinic = self.known()
        held = self.some(clinic, which, lambda a: a.status == "held" and a.seats is None)
        if held:
            session = clinic.session_of(held.session_id) if held.session_id else None
            self.decided(release_hold(asking(self.now), held, clinic.setup, session))

    @rule(which=_which, when=_times, resource=st.sampled_from(["Adams", "Baker"]))
    def move(self, which: int, when: datetime, resource: str) -> None:
        clinic = self.known()
        was = self.some(clinic, which, lambda a: a.status == "booked" and a.patient_id is not None)
        if not was or not was.patient_id:
            return
        visit = self.visit(clinic, (was.visit_type, (resource,)), when)
        assert visit
        decision = reschedule(
            asking(self.now),
            was,
            visit,
            clinic.patients[was.patient_id],
            clinic.setup,
            session=clinic.session(visit) if visit.visit_type.seats else None,
            old_session=clinic.session_of(was.session_id) if was.session_id else None,
        )
        tasks = clinic.open_tasks(was.appointment_id)
        self.decided(tasks.done_by(decision, asking(self.now), "rescheduled"))

    @rule(which=_which, when=_times, resource=st.sampled_from(["Adams", "Baker"]), over=st.integers(0, 2))
    def move_group(self, which: int, when: datetime, resource: str, over: int) -> None:
        clinic = self.known()
        was = self.some(clinic, which, lambda a: a.seats is not None and a.live)
        if not was:
            return
        visit = self.visit(clinic, (was.visit_type, (resource,)), when)
        assert visit
        session = clinic.session_of(was.appointment_id)
        override = OverrideWanted(of=("taken",), reason_code="x") if over == 0 else None
        decision = move_session(
            asking(self.now), session, visit, clinic.patients, clinic.setup, override=override
        )
        tasks = clinic.open_tasks(*(seat.appointment_id for seat in session.seats))
        self.decided(tasks.done_by(decision, asking(self.now), "rescheduled"))

    @rule(which=_which, how=st.sampled_from(["cancel", "error", "session"]))
    def call_off(self, which: int, how: str) -> None:
        clinic = self.known()
        if how == "session":
            held = self.some(clinic, which, lambda a: a.seats is not None and a.live)
            if held:
                session = clinic.session_of(held.appointment_id)
                decision = cancel_session(asking(self.now), session, clinic.setup, "x")
                tasks = clinic.open_tasks(*(seat.appointment_id for seat in session.seats))
                self.decided(tasks.done_by(decision, asking(self.now), "cancelled"))
            return
        was = self.some(clinic, which, lambda a: a.status == "booked" and a.seats is None)
        if was:
            session_ = clinic.session_of(was.session_id) if was.session_id else None
            decide = cancel if how == "cancel" else enter_in_error
            decision = decide(asking(self.now), was, clinic.setup, "x", session=session_)
            tasks = clinic.open_tasks(was.appointment_id)
            self.decided(tasks.done_by(decision, asking(self.now), "cancelled"))

    @rule(start=_times, quarters=st.integers(1, 8), who=st.sampled_from(["Adams", "Baker"]))
    def absence(self, start: datetime, quarters: int, who: str) -> None:
        clinic = self.known()
        resource = clinic.setup.resources[the(who)]
        if resource.absences:
            for absence_id, absence in resource.absences.items():
                standing = clinic.standing(absence_stretch(resource, absence))
                tasks = clinic.open_tasks(*standing.reads)
                self.decided(remove_absence(asking(self.now), resource, absence_id, tasks))
            return
        ends_at = start + timedelta(minutes=15 * quarters)
        wanted = AddAbsence(starts_at=start, ends_at=ends_at, reason="leave")
        standing = clinic.standing(absence_stretch(resource, wanted))
        decision = add_absence(asking(self.now), resource, self.new(), wanted, standing)
        self.decided(decision)
        hit = {
            a.appointment_id
            for a in clinic.appointments.values()
            if a.status == "booked" and a.seats is None and resource.resource_id in a.resource_ids
            if a.starts_at < ends_at and start < a.ends_at
        }
        assert {e.appointment_id for e in decision.events if isinstance(e, TaskOpened)} == hit

    @rule(minutes=st.integers(1, 12))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def some(self, clinic: Clinic, which: int, fit: Callable[[Appointment], bool]) -> Appointment | None:
        fitting = [appointment for appointment in clinic.appointments.values() if fit(appointment)]
        return fitting[which % len(fitting)] if fitting else None
