"""The handout before it is HTML or PDF: what stands on it, in which order. Both are drawn from nothing else."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date

from service.handout.days import PickupDay, PickupDays
from service.handout.words import ENGLISH, LANGUAGES, Forms, Words

MOST_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of "when to come"."""

    day: str
    what: str
    call: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the calendar. `weeks` hold the days of the month, 0 outside it; weeks begin as the locale says."""

    title: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[int, ...], ...]
    pickups: frozenset[int]
    extra_trips: frozenset[int]


@dataclass(frozen=True, slots=True)
class Handout:
    """One page for the patient. It names no patient: a sheet that is left lying tells nobody whose it is.

    `notices` come first, in a box. `phone` is None where it is not known: then the page leaves room to write it down.
    """

    words: Words
    notices: tuple[str, ...]
    opening: tuple[str, ...]
    visits: tuple[Visit, ...]
    extra_trips_why: str | None
    months: tuple[Month, ...]
    calendar_key: tuple[str, ...]
    medicines: tuple[str, ...]
    ask_medicines: str | None
    call_us: str
    phone: str | None

    @property
    def prose(self) -> tuple[str, ...]:
        """Every sentence but medicine names, for measuring how easily it reads."""
        words = self.words
        return (
            *(notice for notice in self.notices if notice != words.notice),
            *self.opening,
            *(visit.call for visit in self.visits),
            *((self.extra_trips_why,) if self.extra_trips_why else ()),
            *words.step_list,
            *self.calendar_key,
            *(f"{words.problems} {one}." for one in words.problem_list),
            *((words.scan,) if self.phone else ()),
            *((self.ask_medicines,) if self.ask_medicines else ()),
        )


def language_for(wanted: str | None) -> str:
    """The language of ours that fits a BCP 47 tag; English where none does."""
    base = (wanted or "").lower().replace("_", "-").partition("-")[0]
    return base if base in LANGUAGES else ENGLISH.language


def compose(pickups: PickupDays, *, language: str | None = None, phone: str | None = None) -> Handout:
    """The handout of these days. Raises ValueError where there are none: there is nothing to hand out."""
    if not pickups.days:
        raise ValueError("a handout needs at least one pickup")
    words = LANGUAGES[language_for(language)]
    upcoming = next((one for one in pickups.days if one.on >= pickups.today), pickups.days[-1])
    extras = any(one.extra for one in pickups.days)
    labels = {label for one in pickups.days for label in one.medicines}
    unsaid = not all(one.medicines for one in pickups.days)
    number = phone.strip() if phone and phone.strip() else None
    return Handout(
        words=words,
        notices=tuple(filter(None, (words.preview if not pickups.agreed else None, words.notice))),
        opening=(
            words.one_day,
            words.next_pickup.format(day=_say(upcoming.on, words.date, words)),
            words.no_change,
        ),
        visits=tuple(_visit(one, words, agreed=pickups.agreed) for one in pickups.days),
        extra_trips_why=words.extra_trips_why if extras else None,
        months=_months(pickups.days, words),
        calendar_key=(words.calendar_key, *((words.calendar_key_extra,) if extras else ())),
        medicines=tuple(sorted(labels, key=str.casefold)),
        ask_medicines=words.ask_medicines if unsaid else None,
        call_us=(
            words.call_us.format(pharmacy=pickups.pharmacy or words.pharmacy, phone=number)
            if number
            else words.call_us_unknown
        ),
        phone=number,
    )


def _say(day: date, pattern: str, words: Words) -> str:
    return format_date(day, pattern, locale=words.locale)


def _count(forms: Forms, count: int) -> str:
    return forms[count != 1].format(count=count)


def _visit(one: PickupDay, words: Words, *, agreed: bool) -> Visit:
    medicines = _count(words.medicines, len(one.medicines)) if one.medicines else words.your_medicines
    what = words.extra_trip.format(medicines=medicines) if one.extra else medicines
    if one.confirmed:
        call = words.confirmed_now if agreed else words.settled_now
    elif one.call is not None:
        call = words.call_on.format(day=_say(one.call, words.short_date, words))
    else:
        call = words.call_first
    day = _say(one.on, words.short_date, words)
    return Visit(day[0].upper() + day[1:], what, call)


def _months(pickups: tuple[PickupDay, ...], words: Words) -> tuple[Month, ...]:
    """The months from the first pickup on that hold one, at most three: the list holds the rest."""
    locale = Locale.parse(words.locale)
    narrow = locale.days["stand-alone"]["abbreviated"]
    order = [(locale.first_week_day + offset) % 7 for offset in range(7)]
    weeks_of = Calendar(firstweekday=locale.first_week_day).monthdayscalendar
    months = sorted({(pickup.on.year, pickup.on.month) for pickup in pickups})[:MOST_MONTHS]
    drawn = []
    for year, month in months:
        here = [pickup for pickup in pickups if (pickup.on.year, pickup.on.month) == (year, month)]
        title = _say(date(year, month, 1), "LLLL y", words)
        drawn.append(
            Month(
                title=title[0].upper() + title[1:],
                weekdays=tuple(narrow[day] for day in order),
                weeks=tuple(tuple(week) for week in weeks_of(year, month)),
                pickups=frozenset(pickup.on.day for pickup in here if not pickup.extra),
                extra_trips=frozenset(pickup.on.day for pickup in here if pickup.extra),
            )
        )
    return tuple(drawn)
