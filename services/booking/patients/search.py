"""Finding patients by what is known of them, through keyed hashes only."""

from collections.abc import Sequence
from uuid import UUID

from backbone.privacy.blindindex import PatientSearch, TermGroup
from backbone.privacy.privacy import Privacy
from backbone.projecting.reading import NotThere, ProjectionReader
from backbone.projecting.tables import Tables
from services.booking.commands.patients import RegisterPatient

__all__ = ["Finder", "MOST_FOUND"]

MOST_FOUND = 10

# The last group asked for tells most (identifier, phone, birth date, then names): the index is asked for it,
# and of those whom it gives, who fit the others too are kept; who fits more of them exactly comes first.
FIND = """
WITH asked AS (
    SELECT * FROM unnest($2::integer[], $3::bytea[], $4::boolean[]) AS a (part, term, exact)
)
SELECT coalesce(p.merged_into, p.patient_id) AS patient_id, max(fit.exactly) AS exactly
  FROM patient_index{g} AS p
 CROSS JOIN LATERAL (
       SELECT count(DISTINCT a.part) AS parts, count(DISTINCT a.part) FILTER (WHERE a.exact) AS exactly
         FROM asked AS a WHERE a.term = ANY (p.terms)
       ) AS fit
 WHERE p.terms && $1::bytea[] AND fit.parts = $5
 GROUP BY 1
 ORDER BY exactly DESC, patient_id
 LIMIT $6
"""


class Finder:
    """Searches the projection ``patient_index``."""

    def __init__(self, index: ProjectionReader, privacy: Privacy) -> None:
        self._index = index
        self._privacy = privacy

    async def search(self, wanted: PatientSearch, at_least: str | None = None) -> list[UUID]:
        """At most ten who fit all that is asked, exact matches first."""
        groups = self._privacy.query(wanted)
        if not groups:
            return []
        async with self._index.open(at_least) as tables:
            return await _fitting(tables, groups)

    async def possible_duplicates(self, new: RegisterPatient) -> list[UUID]:
        """Who has a like name and the same birth date, or the same number; as far as is known by now."""
        searches = [PatientSearch(new.family_name, new.given_names, new.birth_date)]
        searches += [PatientSearch(identifier=(one.system, one.value)) for one in new.identifiers]
        found: dict[UUID, None] = {}
        try:
            async with self._index.open() as tables:
                for one in searches:
                    groups = self._privacy.query(one)
                    found.update(dict.fromkeys(await _fitting(tables, groups) if groups else ()))
        except NotThere:
            return []
        return list(found)[:MOST_FOUND]


async def _fitting(tables: Tables, groups: Sequence[TermGroup]) -> list[UUID]:
    asked = [
        (part, term, term in group.exact)
        for part, group in enumerate(groups)
        for term in group.exact | group.near
    ]
    telling = groups[-1]
    rows = await tables.fetch(
        FIND,
        list(telling.exact | telling.near),
        [part for part, _, _ in asked],
        [term for _, term, _ in asked],
        [exact for _, _, exact in asked],
        len(groups),
        MOST_FOUND,
    )
    return [row["patient_id"] for row in rows]
