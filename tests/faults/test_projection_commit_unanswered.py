"""The answer to a projection's COMMIT is lost: what it had applied is not applied once more."""

from backbone.kafka import Kafka
from backbone.projecting.checkpoints import Lost
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.generations import ensure_live
from backbone.projecting.worker import Worker
from tests.backbone.projecting.conftest import SCHEMA, Ward, engine_database
from tests.backbone.projecting.deliveries import Shelf
from tests.backbone.projecting.stays import STAYS, Stays
from tests.backbone.store.cut import way_to

__all__ = ["engine_database"]


async def test_the_same_records_again_change_nothing(engine_database: str) -> None:
    async with way_to(engine_database) as way, await projection_pool(way.url, SCHEMA) as pool:
        ward, shelf = Ward(), Shelf()
        ward.bustle(stays=3)
        deliveries = shelf.put_all(ward.unpublished())
        engine = Engine(pool, Kafka("127.0.0.1:1", "t."), "sample")
        async with pool.acquire() as connection:
            live = await ensure_live(connection, Stays())
        worker = Worker(engine, Stays(), live.number)
        await shelf.assign(worker, STAYS)

        cuts = iter([True])
        way.cut = lambda: next(cuts, False)
        await shelf.deliver(worker, deliveries)
        # As far as it knows nothing is applied, and Kafka gives it the same again.
        assert all(checkpoint.next_offset == 0 for checkpoint in worker.held.values())
        await shelf.deliver(worker, deliveries)
        assert isinstance(worker.stopped.exception(), Lost)

        successor = Worker(engine, Stays(), live.number)
        await shelf.assign(successor, STAYS)
        await shelf.deliver(successor, deliveries)
        rows = await pool.fetch("SELECT * FROM stays_g1")
        assert {row["stay_id"]: (row["bed"], row["moves"]) for row in rows} == ward.expected
