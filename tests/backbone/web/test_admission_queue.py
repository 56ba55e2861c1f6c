"""A burst is served; of a crowd that stays, the newest are refused at once."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from backbone.web.admission_queue import (
    AT_WORK,
    BURST,
    GAP_SECONDS,
    STANDING,
    WAITING_SECONDS,
    AdmissionQueue,
)


@dataclass(slots=True)
class Request:
    gone: bool = False
    told: list[str] = field(default_factory=list)

    def begin(self) -> bool:
        if not self.gone:
            self.told.append("begun")
        return not self.gone

    def refuse(self) -> None:
        self.told.append("refused")


def come(queue: AdmissionQueue, number: int, now: float = 0.0) -> list[Request]:
    requests = [Request() for _ in range(number)]
    for request in requests:
        queue.admit(request, now)
    return requests


def begun(requests: list[Request]) -> int:
    return sum(request.told == ["begun"] for request in requests)


def refused(requests: list[Request]) -> int:
    return sum(request.told == ["refused"] for request in requests)


def test_a_burst_is_served_in_the_order_in_which_it_came() -> None:
    queue = AdmissionQueue()
    requests = come(queue, AT_WORK + BURST)
    assert (begun(requests), refused(requests)) == (AT_WORK, 0)
    for number in range(BURST):
        queue.release(0.0)
        assert begun(requests[: AT_WORK + number + 1]) == AT_WORK + number + 1
    assert begun(requests) == AT_WORK + BURST


def test_200_callers_come_in_however_slowly_they_come() -> None:
    queue = AdmissionQueue()
    assert refused([request for number in range(200) for request in come(queue, 1, number * 0.01)]) == 0


def test_a_queue_that_stands_is_cut_to_its_beginning() -> None:
    queue = AdmissionQueue()
    requests = come(queue, AT_WORK + BURST + 1)
    waiting = requests[AT_WORK : AT_WORK + STANDING]
    assert refused(requests[AT_WORK + STANDING :]) == BURST + 1 - STANDING
    assert not any(request.told for request in waiting)
    assert refused(come(queue, 5, 0.01)) == 5
    queue.release(0.0)
    assert waiting[0].told == ["begun"]
    assert refused(come(queue, 2, 0.02)) == 1


def test_a_batch_that_empties_the_queue_for_a_moment_makes_no_new_one() -> None:
    queue = AdmissionQueue()
    come(queue, AT_WORK + BURST + 1)
    for _ in range(AT_WORK + STANDING):
        queue.release(0.0)
    assert refused(come(queue, AT_WORK + STANDING + 10, GAP_SECONDS)) == 10


def test_who_comes_after_a_pause_is_a_new_burst() -> None:
    queue = AdmissionQueue()
    come(queue, AT_WORK + BURST + 1)
    for _ in range(AT_WORK + STANDING):
        queue.release(0.0)
    assert refused(come(queue, AT_WORK + BURST, 2 * GAP_SECONDS)) == 0


def test_who_has_hung_up_takes_no_place() -> None:
    queue = AdmissionQueue(most=1)
    come(queue, 1)
    gone, waiting = come(queue, 2)
    gone.gone = True
    queue.release(0.0)
    assert (gone.told, waiting.told) == ([], ["begun"])


def test_whose_turn_comes_late_has_waited_enough() -> None:
    queue = AdmissionQueue(most=1)
    come(queue, 1)
    (early,) = come(queue, 1, 1.0)
    (late,) = come(queue, 1, 2.0)
    queue.release(1.5 + WAITING_SECONDS)
    assert (early.told, late.told) == (["refused"], ["begun"])


def test_a_queue_that_does_not_move_takes_no_second_burst() -> None:
    queue = AdmissionQueue()
    come(queue, AT_WORK + BURST)
    assert refused(come(queue, 1, 2 * GAP_SECONDS)) == 1


@given(st.lists(st.one_of(st.none(), st.floats(0, 0.3))))
def test_no_place_is_free_while_somebody_waits(pauses: list[float | None]) -> None:
    """``pauses``: before the next comes; None: one of those at work is done."""
    most, standing, burst = 2, 1, 3
    queue = AdmissionQueue(most, standing, burst)
    requests: list[Request] = []
    done, now = 0, 0.0
    for pause in pauses:
        if pause is not None:
            now += pause
            requests += come(queue, 1, now)
        elif begun(requests) > done:
            done += 1
            queue.release(now)
        at_work = begun(requests) - done
        waiting = sum(not request.told for request in requests)
        assert at_work <= most
        assert at_work == most or not waiting
        assert waiting <= max(standing, burst)
