"""The answer to a projection's COMMIT is lost: what it had applied is not applied once more."""

from backbone.kafka import Kafka
from backbone.projecting.checkpoints import Lost
from backbone.projecting.engine import Engine, projection_pool
from tests.backbone.projecting.conftest import LETTERS, SCHEMA, Ward, engine_database
from tests.backbone.projecting.deliveries import Shelf
from tests.backbone.projecting.members import member, shown
from tests.backbone.store.cut import way_to
from tests.support.waiting import eventually

__all__ = ["engine_database"]


async def test_the_same_records_again_change_nothing(engine_database: str) -> None:
    async with way_to(engine_database) as way, await projection_pool(way.url, SCHEMA) as pool:
        ward, shelf = Ward(), Shelf()
        ward.bustle(stays=3)
        deliveries = shelf.put_all(ward.unpublished())
        engine = Engine(pool, Kafka("127.0.0.1:1", "t."), "sample", LETTERS)
        crew = await member(engine, shelf)
        (worker,) = crew.workers

        cuts = iter([True])
        way.cut = lambda: next(cuts, False)
        await shelf.deliver(crew, deliveries)
        # As far as it knows nothing is applied, and Kafka gives it the same again.
        assert all(checkpoint.next_offset == 0 for checkpoint in worker.held.values())

        async def told() -> bool:
            await shelf.deliver(crew, deliveries)
            return worker.stopped.done()

        await eventually(told)
        assert isinstance(worker.stopped.exception(), Lost)
        await shelf.deliver(await member(engine, shelf), deliveries)
        assert await shown(pool) == ward.expected
