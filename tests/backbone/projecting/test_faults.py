import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import BaseModel, ValidationError

from backbone.projecting import NotNow
from backbone.projecting.faults import describe, is_fault_of_data


class Named(BaseModel):
    family_name: int


@pytest.mark.parametrize(
    "error",
    [ValueError(), KeyError("bed"), asyncpg.CheckViolationError(), asyncpg.NumericValueOutOfRangeError(),
     asyncpg.DataError("x"), asyncpg.UniqueViolationError(), asyncpg.CardinalityViolationError()],
)  # fmt: skip
def test_trying_again_cannot_help(error: Exception) -> None:
    assert is_fault_of_data(error)


@pytest.mark.parametrize(
    "error",
    [NotNow(), OSError(), TimeoutError(), KafkaConnectionError(), asyncpg.InterfaceError("closed"),
     asyncpg.InternalClientError(), asyncpg.ConnectionDoesNotExistError(), asyncpg.DeadlockDetectedError(),
     asyncpg.UndefinedTableError(),
     asyncpg.CannotConnectNowError(), asyncpg.QueryCanceledError(), asyncpg.DiskFullError()],
)  # fmt: skip
def test_the_event_is_not_at_fault(error: Exception) -> None:
    assert not is_fault_of_data(error)


def test_a_description_names_field_and_kind_but_no_value() -> None:
    with pytest.raises(ValidationError) as refused:
        Named.model_validate({"family_name": "Ashgrove"})
    assert describe(refused.value) == "family_name: int_parsing"


def test_a_description_of_any_error_leaves_its_message_out() -> None:
    def fold() -> None:
        raise ValueError("Ashgrove")

    with pytest.raises(ValueError, match="Ashgrove") as failed:
        fold()
    assert describe(failed.value).startswith("ValueError in fold, line ")
    assert "Ashgrove" not in describe(failed.value)
