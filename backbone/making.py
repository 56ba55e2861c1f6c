"""Models made of values that are known to be right: by our own code, of what was checked when it came in."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

__all__ = ["made"]

M = TypeVar("M", bound=BaseModel)

_set = object.__setattr__


def made(model: type[M], fields: dict[str, Any]) -> M:
    """The model with ``fields``, the others as they are by default; nothing is checked but the names.

    Like Pydantic's ``model_construct``, in a fifth of its time (and of the time that checking takes): each
    booking makes an event, and a value for each of its resources. A field that has no default and is left out
    is only noticed when the model is encoded.
    Raises TypeError for a name that the model doesn't have, and for a model with a ``default_factory``.
    """
    values = {**_defaults(model), **fields}
    if len(values) != len(_defaults(model)):
        raise TypeError(f"{model.__name__} has no {sorted(fields.keys() - _defaults(model).keys())}")
    made = model.__new__(model)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", set(fields))
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """In the order of the fields, which is that of the JSON."""
    fields = model.model_fields
    if any(field.default_factory is not None for field in fields.values()):
        raise TypeError(f"{model.__name__} has a default that is made each time: give it its values checked")
    return {name: field.get_default() for name, field in fields.items()}
