"""The programmes that a patient can join here, each in a few words: rhythm, how the pharmacy takes part, how to opt in.

Everything stands in the programme file; what the file leaves out is said in general words or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from mappings.outbound.wording import spoken_cycle
from pickupday.problem import Cycle
from pickupday.wording import say_count
from service.programmes.file import PharmacyTable
from service.programmes.opening import OpeningHours
from service.programmes.programme import PharmacyProgramme

_VARIES = re.compile(r"(every |on day |on the )(\S+)( days| of the month| \S+day of the month)")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TAKES_PART = {
    "fhir": "FHIR: reads the pickups and calls from the server",
    "print": "print: works from a printed plan",
    "fax": "fax: works from a faxed plan",
}
_OPT_IN = {
    "fhir": "Opt in on this page; the pharmacy finds the pickups on the server.",
    "print": "Opt in on this page, then give the pharmacy the printed plan.",
    "fax": "Opt in on this page, then fax the printed plan to {fax}.",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One programme of the directory; `phone` and `fax` are None where the file names none."""

    name: str
    description: str
    pharmacy: str | None
    rhythm: str
    takes_part: str
    opt_in: str
    phone: str | None
    fax: str | None
    hours: str
    call: str


def list_programmes(programmes: Iterable[PharmacyProgramme]) -> tuple[Listing, ...]:
    """The directory, in the order in which the programmes are configured."""
    return tuple(map(_listing, programmes))


def find_programme(programmes: Sequence[PharmacyProgramme], name: str) -> PharmacyProgramme | None:
    """The programme of that name, the first one where no name is given; None where there is none so called."""
    return programmes[0] if not name else next((one for one in programmes if one.name == name), None)


def _listing(programme: PharmacyProgramme) -> Listing:
    pharmacy = programme.pharmacy
    return Listing(
        name=programme.name,
        description=programme.description,
        pharmacy=pharmacy.name,
        rhythm=say_rhythm(programme),
        takes_part=_TAKES_PART[pharmacy.takes_part],
        opt_in=say_opt_in(pharmacy),
        phone=pharmacy.phone,
        fax=pharmacy.fax,
        hours=say_hours(programme.hours),
        call=f"{say_count(programme.calls.first_days, 'day')} before each pickup",
    )


def say_rhythm(programme: PharmacyProgramme) -> str:
    """Every rhythm that the programme knows: "every 28 or 30 days", "on day 5, 10 or 15 of the month"."""
    said: dict[tuple[str, str], list[str]] = {}
    for cycle in programme.search.cycles:
        before, varies, after = _parts(cycle)
        said.setdefault((before, after), []).append(varies)
    return _either([f"{before}{_either(several)}{after}" for (before, after), several in said.items()])


def _parts(cycle: Cycle) -> tuple[str, str, str]:
    """A rhythm as it is spoken, cut around what differs between rhythms of one kind."""
    found = _VARIES.fullmatch(spoken_cycle(cycle))
    return (found[1], found[2], found[3]) if found is not None else ("", spoken_cycle(cycle), "")


def _either(several: Sequence[str]) -> str:
    *others, last = several
    return f"{', '.join(others)} or {last}" if others else last


def say_opt_in(pharmacy: PharmacyTable) -> str:
    """How one joins: in the pharmacy's own words, else what follows from how it takes part."""
    return pharmacy.opt_in or _OPT_IN[pharmacy.takes_part].format(fax=pharmacy.fax or "the pharmacy")


def say_onward(programme: PharmacyProgramme) -> str:
    """What is still to be done after an opt-in was written, so that the pharmacy knows of it."""
    pharmacy = programme.pharmacy
    named = pharmacy.name or "The pharmacy"
    return {
        "fhir": f"{named} reads the pickups and calls from the FHIR server: nothing more is to be sent.",
        "print": f"{named} works from a printed plan: print the handout and this page, and hand them over.",
        "fax": f"{named} works from a faxed plan: print the handout and this page, and fax them"
        f"{f' to {pharmacy.fax}' if pharmacy.fax else ''}.",
    }[pharmacy.takes_part]


def say_hours(hours: OpeningHours) -> str:
    """Days of the same hours together: "Mon-Sat 9:00-18:00; Sun closed"."""
    spoken = [", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in hours.on_weekday(day)) for day in range(7)]
    groups: list[tuple[int, int]] = []
    for day in range(7):
        if groups and spoken[groups[-1][1]] == spoken[day]:
            groups[-1] = (groups[-1][0], day)
        else:
            groups.append((day, day))
    return "; ".join(
        f"{_DAYS[first] if first == last else f'{_DAYS[first]}–{_DAYS[last]}'} {spoken[first] or 'closed'}"
        for first, last in groups
    )


def _clock(at: time) -> str:
    return f"{at.hour}:{at:%M}"
