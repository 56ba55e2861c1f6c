"""A small projection, as a service would write one: who lies in which bed, and how often each was moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from backbone.projecting import Heard, Projection, Tables

__all__ = ["ADMITTED", "DISCHARGED", "MOVED", "STAYS", "Stays"]

STAYS = "almanac.sample.stays"
ADMITTED = "almanac.sample.PatientAdmitted.v1"
MOVED = "almanac.sample.PatientMoved.v1"
DISCHARGED = "almanac.sample.PatientDischarged.v1"


class Admitted(BaseModel):
    bed: str


class Moved(BaseModel):
    bed: str


class Discharged(BaseModel):
    pass


@dataclass(slots=True)
class Stay:
    bed: str | None
    moves: int


class Stays(Projection):
    """One row per stay; the bed is null once the patient has left."""

    name = "stays"
    topics = (STAYS,)
    hears: ClassVar[Mapping[str, type[BaseModel]]] = {
        ADMITTED: Admitted,
        MOVED: Moved,
        DISCHARGED: Discharged,
    }
    tables = """
        CREATE TABLE stays{g} (
            stay_id uuid PRIMARY KEY,
            bed text CHECK (bed <> 'none'),
            moves integer NOT NULL
        );
    """
    indexes = "CREATE INDEX stays_bed_idx{g} ON stays{g} (bed);"

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        stays = await self._present(tables, {UUID(record.subject) for record, _ in heard})
        for record, event in heard:
            stay_id = UUID(record.subject)
            match event:
                case Admitted(bed=bed):
                    stays[stay_id] = Stay(bed, 0)
                case Moved(bed=bed):
                    stays[stay_id].bed = bed
                    stays[stay_id].moves += 1
                case Discharged():
                    stays[stay_id].bed = None
        await tables.write(
            """
            INSERT INTO stays{g} SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[])
            ON CONFLICT (stay_id) DO UPDATE SET bed = excluded.bed, moves = excluded.moves
            """,
            [(stay_id, stay.bed, stay.moves) for stay_id, stay in stays.items()],
        )

    async def _present(self, tables: Tables, stay_ids: set[UUID]) -> dict[UUID, Stay]:
        rows = await tables.fetch("SELECT * FROM stays{g} WHERE stay_id = ANY($1)", list(stay_ids))
        return {row["stay_id"]: Stay(row["bed"], row["moves"]) for row in rows}
