"""What the directory keeps of a resource, for others to look up."""

from services.booking.events.setup import ResourceAdded
from services.projections.directory import Directory
from tests.services.projections.telling import CLINIC, NINE, hear, named, tables


async def test_specialties_are_kept_as_they_were_given(database: str) -> None:
    given = ("family medicine", "x-ray, CT", 'ear "nose" throat')
    added = [
        ResourceAdded(
            originator_id=named(name),
            originator_version=1,
            timestamp=NINE,
            resource_id=named(name),
            facility_id=CLINIC,
            kind="provider",
            name=name,
            specialties=specialties,
        )
        for name, specialties in (("chan", given), ("room", ()))
    ]
    async with tables(database, Directory) as kept:
        await Directory().fold(hear(Directory, added), kept)
        stored = await kept.fetch("SELECT resource_id, specialties FROM directory_resources{g}")
    assert {row["resource_id"]: tuple(row["specialties"]) for row in stored} == {
        named("chan"): given,
        named("room"): (),
    }
