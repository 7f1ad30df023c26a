"""Making many frozen records: a frozen dataclass sets each field the slow way, which costs more than all decoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def constructor(kind: Callable[P, T]) -> Callable[P, T]:
    """A constructor of the frozen slotted dataclass `kind`, with its arguments and defaults, several times as fast.

    It makes a twin that is not frozen, filled in, and then gives it the class that it is a twin of; Python sees to it
    that both have the same slots.
    """

    def become(made: object) -> None:
        made.__class__ = cast("Any", kind)

    twin = make_dataclass(
        kind.__name__,
        [(one.name, one.type, _default(one)) for one in fields(cast("Any", kind))],
        slots=True,
        eq=False,
        repr=False,
        namespace={"__post_init__": become},
    )
    return cast("Callable[P, T]", twin)


def _default(one: Field[Any]) -> object:
    if one.default is not MISSING:
        return field(default=one.default)
    return field() if one.default_factory is MISSING else field(default_factory=one.default_factory)
