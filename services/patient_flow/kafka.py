"""What patient flow publishes, and what it listens to."""

from collections.abc import Sequence
from typing import Final

from backbone.projecting import Projection
from backbone.topics import Topic
from services.patient_flow.clinic import Clinic

__all__ = ["PROJECTIONS", "TOPICS"]

TOPICS: Final[Sequence[Topic]] = (Topic("almanac.patient-flow.delays"),)
PROJECTIONS: Final[Sequence[Projection]] = (Clinic(),)
