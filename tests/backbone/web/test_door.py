"""A burst is served; of a crowd that stays, the newest are turned away at once."""

from dataclasses import dataclass, field

from backbone.web.door import AT_WORK, BURST, GAP_SECONDS, STANDING, Door


@dataclass(slots=True)
class Request:
    gone: bool = False
    told: list[str] = field(default_factory=list)

    def begin(self) -> bool:
        if not self.gone:
            self.told.append("begun")
        return not self.gone

    def turn_away(self) -> None:
        self.told.append("turned away")


def come(door: Door, number: int, now: float = 0.0) -> list[Request]:
    requests = [Request() for _ in range(number)]
    for request in requests:
        door.comes(request, now)
    return requests


def begun(requests: list[Request]) -> int:
    return sum(request.told == ["begun"] for request in requests)


def away(requests: list[Request]) -> int:
    return sum(request.told == ["turned away"] for request in requests)


def test_a_burst_is_served_in_the_order_in_which_it_came() -> None:
    door = Door()
    requests = come(door, AT_WORK + BURST)
    assert (begun(requests), away(requests)) == (AT_WORK, 0)
    for number in range(BURST):
        door.goes()
        assert begun(requests[: AT_WORK + number + 1]) == AT_WORK + number + 1
    assert begun(requests) == AT_WORK + BURST


def test_200_callers_come_in_however_slowly_they_come() -> None:
    door = Door()
    assert away([request for number in range(200) for request in come(door, 1, number * 0.01)]) == 0


def test_a_line_that_stands_is_cut_to_its_beginning() -> None:
    door = Door()
    requests = come(door, AT_WORK + BURST + 1)
    waiting = requests[AT_WORK : AT_WORK + STANDING]
    assert away(requests[AT_WORK + STANDING :]) == BURST + 1 - STANDING
    assert not any(request.told for request in waiting)
    assert away(come(door, 5, 0.01)) == 5
    door.goes()
    assert waiting[0].told == ["begun"]
    assert away(come(door, 2, 0.02)) == 1


def test_a_batch_that_empties_the_line_for_a_moment_makes_no_new_line() -> None:
    door = Door()
    come(door, AT_WORK + BURST + 1)
    for _ in range(AT_WORK + STANDING):
        door.goes()
    assert away(come(door, AT_WORK + STANDING + 10, GAP_SECONDS)) == 10


def test_who_comes_after_a_pause_is_a_new_burst() -> None:
    door = Door()
    come(door, AT_WORK + BURST + 1)
    for _ in range(AT_WORK + STANDING):
        door.goes()
    assert away(come(door, AT_WORK + BURST, 2 * GAP_SECONDS)) == 0


def test_who_has_hung_up_takes_no_place() -> None:
    door = Door(most=1)
    come(door, 1)
    gone, waiting = come(door, 2)
    gone.gone = True
    door.goes()
    assert (gone.told, waiting.told) == ([], ["begun"])
