"""Any instance of a Pydantic model, as a Hypothesis strategy that follows its annotations."""

from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from backbone.privacy.sealed import PATTERN, Sealed

__all__ = ["instances"]

_M = TypeVar("_M", bound=BaseModel)


def instances(model: type[_M]) -> st.SearchStrategy[_M]:
    """Instances with every required field, and any of the others."""
    fields: dict[bool, dict[str, st.SearchStrategy[Any]]] = {True: {}, False: {}}
    for name, field in model.model_fields.items():
        annotation = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        fields[field.is_required()][field.alias or name] = _values(annotation)
    return st.fixed_dictionaries(fields[True], optional=fields[False]).map(lambda given: model(**given))


def _values(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return st.one_of(*map(_values, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(_values(arguments[0]), max_size=2).map(tuple)
    if origin is Literal:
        return st.sampled_from(arguments)
    if annotation is NoneType:
        return st.none()
    if annotation is Sealed:
        return st.from_regex(PATTERN, fullmatch=True).map(Sealed)
    if annotation is datetime:
        return st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
    if annotation is date:
        return st.dates()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return instances(annotation)
    return st.from_type(annotation)
