"""Where an exception was raised: the places only, because its message may repeat a patient's data."""

import traceback

__all__ = ["places_of"]


def places_of(error: BaseException, at_most: int = 6) -> list[str]:
    """The innermost calls, each as ``file:line function``; the place where it was raised comes last."""
    frames = traceback.extract_tb(error.__traceback__)[-at_most:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
