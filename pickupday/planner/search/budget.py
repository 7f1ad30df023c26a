"""The search budget."""


class OutOfBudgetError(Exception):
    """The search budget ended before the proof was complete."""
