"""One programme file, read and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pickupday.drugs import Kind
from pickupday.problem import OBJECTIVE, Cycle, EveryDays, MonthlyOnDay, NthWeekday, Programme
from pickupday.rules import Rules
from service.errors import BadArgument

DEFAULT = "chain-monthly"


def _known_zone(name: str | None) -> str | None:
    if name is not None:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("not a time zone of the IANA database, such as America/New_York") from None
    return name


def _share(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise ValueError("a share of the last fill, between 0 and 1")
    return value


Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]
Days = Annotated[int, Field(strict=True, ge=0, le=366)]
Share = Annotated[Fraction, AfterValidator(_share)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _EveryDays(_File):
    every_days: Annotated[int, Field(strict=True, ge=7, le=366)]

    def cycle(self) -> Cycle:
        return EveryDays(self.every_days)


class _MonthlyOnDay(_File):
    monthly_on_day: Annotated[int, Field(strict=True, ge=1, le=31)]

    def cycle(self) -> Cycle:
        return MonthlyOnDay(self.monthly_on_day)


class _NthWeekday(_File):
    nth_weekday: tuple[Literal[1, 2, 3, 4, -1], Weekday]

    def cycle(self) -> Cycle:
        return NthWeekday(*self.nth_weekday)


class ProgrammeFile(_File):
    """The keys of a programme file."""

    name: str
    cycles: tuple[_EveryDays | _MonthlyOnDay | _NthWeekday, ...] = Field((_EveryDays(every_days=28),), min_length=1)
    open_weekdays: frozenset[Weekday] = Field(frozenset(range(6)), min_length=1)
    closed_dates: frozenset[date] = frozenset()
    opens: time = time(9)
    closes: time = time(18)
    timezone: Annotated[str | None, AfterValidator(_known_zone)] = None
    prep_lead_days: Days = 2
    call_lead_days: Days = 7
    renewal_lead_days: Days = 14
    horizon_days: Annotated[int, Field(strict=True, ge=28, le=400)] = 180
    objective: tuple[str, ...] = OBJECTIVE
    refill_too_soon: Share = Fraction(3, 4)
    sync_overrides: Annotated[int, Field(strict=True, ge=0, le=12)] = 0
    short_fill_kinds: frozenset[Kind] = frozenset({Kind.SOLID_ORAL})
    short_fills_a_year: Annotated[int | None, Field(strict=True, ge=0, le=366)] = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        if sorted(self.objective) != sorted(OBJECTIVE):
            raise ValueError(f"objective must name each of {', '.join(OBJECTIVE)} once")
        return self


@dataclass(frozen=True, slots=True)
class PharmacyProgramme:
    """How one pharmacy synchronizes. `timezone` is None where the programme does not say; hours are local."""

    name: str
    search: Programme
    rules: Rules
    opens: time
    closes: time
    timezone: ZoneInfo | None


def load_programme(name: str = DEFAULT) -> PharmacyProgramme:
    """Read a programme by the name of a shipped one or the path of a TOML file.

    Raises BadArgument naming the file, the key and what is allowed.
    """
    shipped = resources.files("service.programmes") / "data" / f"{name}.toml"
    try:
        text = (shipped if shipped.is_file() else Path(name)).read_text("utf-8")
        return _programme(ProgrammeFile.model_validate(tomllib.loads(text)))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise BadArgument(
            f"programme {name}: {reason}. Shipped programmes: {', '.join(shipped_programmes())}"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BadArgument(f"programme {name}: not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadArgument(f"programme {name}: {key}: {first['msg']}") from None


def shipped_programmes() -> tuple[str, ...]:
    """The names of the programmes that come with PickupDay."""
    folder = resources.files("service.programmes") / "data"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def _programme(file: ProgrammeFile) -> PharmacyProgramme:
    return PharmacyProgramme(
        name=file.name,
        search=Programme(
            cycles=tuple(option.cycle() for option in file.cycles),
            open_weekdays=file.open_weekdays,
            closed_dates=file.closed_dates,
            prep_lead_days=file.prep_lead_days,
            call_lead_days=file.call_lead_days,
            renewal_lead_days=file.renewal_lead_days,
            objective=file.objective,
        ),
        rules=Rules(
            refill_too_soon=file.refill_too_soon,
            sync_overrides=file.sync_overrides,
            short_fill_kinds=file.short_fill_kinds,
            short_fills_a_year=file.short_fills_a_year,
            horizon_days=file.horizon_days,
        ),
        opens=file.opens,
        closes=file.closes,
        timezone=ZoneInfo(file.timezone) if file.timezone else None,
    )
