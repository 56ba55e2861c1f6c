"""A store that is too slow for a whole page is read in smaller ones, until it is quick again."""

from dataclasses import dataclass

import pytest

from backbone.relay import pages
from backbone.relay.pages import PAGE
from backbone.relay.relay import running
from backbone.store.committed import CommittedEvent
from backbone.store.errors import StoreUnavailable
from tests.backbone.relay.conftest import Setting
from tests.support.on_kafka import Log
from tests.support.waiting import eventually


@dataclass
class SlowLog(Log):
    """Has time for so many events at once."""

    most: int = 40
    asked: int = 0

    async def notifications(self, start: int, limit: int) -> list[CommittedEvent]:
        self.asked = limit
        if limit > self.most:
            raise StoreUnavailable("PostgreSQL: ConnectionDoesNotExistError")
        return list(await super().notifications(start, limit))


async def test_a_store_too_slow_for_a_page_is_read_in_smaller_ones(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting.log = slow = SlowLog()
    setting.add(200)
    async with running(setting.relay()) as relay:
        await eventually(lambda: relay.leads and relay.position == len(slow.rows), within=20)
        assert setting.alarms == []
        slow.most = PAGE
        monkeypatch.setattr(pages, "SMALL_SECONDS", 0)
        slow.most = 0
        await eventually(lambda: not relay.leads)
        slow.most = PAGE
        setting.add(1)
        await eventually(lambda: relay.position == len(slow.rows) and slow.asked == PAGE, within=20)
