"""One programme, read from its file and merged with its payer's rules and the law of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from pickupday.problem import Programme
from pickupday.rules import Rules
from service.errors import BadArgument
from service.programmes.file import PharmacyTable, ProgrammeFile
from service.programmes.in_force import Packs, merge
from service.programmes.opening import OpeningHours
from service.programmes.payers import Payer
from service.programmes.reading import read_table
from service.programmes.rule_packs import FEDERAL, load_pack
from service.programmes.shown import RuleInForce, rules_in_force

DEFAULT = "chain-monthly"


@dataclass(frozen=True, slots=True)
class CallRules:
    """When a pickup is confirmed: days before it of the first call and of each further one.

    From `individual_refill_days` before a medicine runs out, one that nobody confirmed is refilled by itself.
    """

    first_days: int
    again_days: tuple[int, ...]
    individual_refill_days: int


@dataclass(frozen=True, slots=True)
class PharmacyProgramme:
    """How one pharmacy synchronizes. `timezone` is None where the programme does not say; hours are local.

    `opens` and `closes` hold on every open day; `hours` has each weekday's own.
    """

    name: str
    search: Programme
    rules: Rules
    opens: time
    closes: time
    timezone: ZoneInfo | None
    description: str = ""
    hours: OpeningHours = field(default_factory=lambda: OpeningHours({}))
    calls: CallRules = CallRules(7, (3, 1), 2)
    daily_capacity: int | None = None
    consent: Mapping[str, str] = field(default_factory=dict)  # by language (BCP 47)
    pharmacy: PharmacyTable = field(default_factory=PharmacyTable)
    state: str | None = None
    payer: Payer | None = None
    in_force: tuple[RuleInForce, ...] = ()


def load_programme(name: str = DEFAULT, payer: str | None = None) -> PharmacyProgramme:
    """Read a programme by the name of a shipped one or the path of a TOML file, for its own payer or another of it.

    Raises BadArgument naming the file, the key and what is allowed.
    """
    shipped = resources.files("service.programmes") / "data" / f"{name}.toml"
    try:
        text = (shipped if shipped.is_file() else Path(name)).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        close = get_close_matches(name, shipped_programmes(), 1, 0.6)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise BadArgument(
            f"programme {name}: {reason}.{meant} Shipped programmes: {', '.join(shipped_programmes())}"
        ) from None
    return _programme(read_table(ProgrammeFile, text, f"programme {name}"), payer)


def shipped_programmes() -> tuple[str, ...]:
    """The names of the programmes that come with PickupDay."""
    folder = resources.files("service.programmes") / "data"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def _programme(file: ProgrammeFile, payer_key: str | None) -> PharmacyProgramme:
    payer = _payer(file, payer_key)
    packs = Packs(load_pack(FEDERAL), load_pack(file.state) if file.state is not None else None)
    hours = file.opening_hours()
    return PharmacyProgramme(
        name=file.name,
        description=file.description,
        search=Programme(
            cycles=tuple(option.cycle() for option in file.cycles),
            open_weekdays=hours.weekdays,
            closed_dates=file.closed(),
            prep_lead_days=file.prep_lead_days,
            call_lead_days=file.call_lead_days,
            renewal_lead_days=file.renewal_lead_days,
            objective=file.objective,
        ),
        rules=merge(file, payer, packs),
        opens=hours.opens,
        closes=hours.closes,
        hours=hours,
        timezone=ZoneInfo(file.timezone) if file.timezone else None,
        calls=CallRules(file.call_lead_days, file.further_calls(), file.individual_refill_days),
        daily_capacity=file.daily_capacity,
        consent=file.consent,
        pharmacy=file.pharmacy,
        state=file.state,
        payer=payer,
        in_force=rules_in_force(file, payer, packs),
    )


def _payer(file: ProgrammeFile, key: str | None) -> Payer | None:
    wanted = key if key is not None else file.payer
    if wanted is None:
        return None
    found = next((payer for payer in file.payers if payer.key == wanted), None)
    if found is None:
        known = ", ".join(payer.key for payer in file.payers) or "it names none"
        raise BadArgument(f"programme {file.name}: payer {wanted!r} is not among [[payers]]: {known}")
    return found
