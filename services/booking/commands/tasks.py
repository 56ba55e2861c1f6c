"""What may be asked about tasks."""

from services.booking.commands.texts import Code, Command

__all__ = ["CompleteTask"]


class CompleteTask(Command):
    """What came of it."""

    outcome_code: Code = "done"
