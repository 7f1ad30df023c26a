"""What is kept between two requests of one launch, and where: a session per launch, never per browser.

Two tabs on two patients are two launches, so they never mix. The store implements `Sessions`; what it keeps is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from smart_launch import Grant, GrantStore, PendingLaunch


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page showed before it was confirmed: enough to say what became different, and no more.

    `records` are evidence keys with a digest and a label; `plan` is a digest of everything that would be written.
    """

    plan: str
    today: str
    records: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose on the page, as typed; empty = no wish. Days are ISO dates, weekdays from Monday = 0."""

    on_hand: dict[str, str] = field(default_factory=dict)  # therapy or record -> units left at home
    still_taken: tuple[str, ...] = ()
    cycle: str = ""  # as it is spoken: "every 28 days"
    first_pickup: str = ""
    left_out: tuple[str, ...] = ()  # therapies that are filled by themselves
    weekdays: tuple[int, ...] = ()
    away_from: str = ""
    away_to: str = ""
    fill_days: dict[str, int] = field(default_factory=dict)  # therapy -> days at a time
    programme: str = ""  # by its name
    call_window: str = ""  # a part of the day: "morning"
    call_phone: str = ""
    language: str = ""  # of calls and handout (BCP 47)


MOST_UNDONE = 20


@dataclass(frozen=True, slots=True)
class Work:
    """What a person entered on the page and has not confirmed yet, and the plan that they were shown.

    `past` are the choices before these, the latest last: each step can be undone.
    """

    choices: Choices = field(default_factory=Choices)
    consent: str = ""
    language: str = ""  # of the consent's words
    shown: Shown | None = None
    past: tuple[Choices, ...] = ()

    def choose(self, choices: Choices) -> Work:
        """The work with other choices; the same ones change nothing."""
        if choices == self.choices:
            return self
        return replace(self._with(choices), past=(*self.past, self.choices)[-MOST_UNDONE:])

    def undo(self) -> Work:
        """The work one step back, where there is one."""
        return replace(self._with(self.past[-1]), past=self.past[:-1]) if self.past else self

    def _with(self, choices: Choices) -> Work:
        """The words of the agreement belong to the programme: another one begins with its own."""
        kept = self.consent if choices.programme == self.choices.programme else ""
        return replace(self, choices=choices, consent=kept)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose session it is: the site, and the one browser that it was opened in."""

    issuer: str
    browser: str  # SHA-256 of the secret in that browser's cookie


@dataclass(frozen=True, slots=True)
class Session:
    """One launch after its callback."""

    launch: str  # the random key in the page's address
    holder: Holder
    grant: Grant
    work: Work


class Sessions(GrantStore, Protocol):
    """Where launches are kept. Nothing of them can be read without the keys. Raises StoreUnusable.

    As a GrantStore it holds one lock for each session, for refreshing tokens, in all processes on its database.
    """

    async def begin(self, pending: PendingLaunch) -> None:
        """Remember a launch that leaves for the authorization server."""
        ...

    async def take(self, state: str) -> PendingLaunch | None:
        """Give back a launch, once; None for a state that is unknown, used or too old."""
        ...

    async def open(self, holder: Holder, grant: Grant, work: Work) -> str:
        """Begin a session; returns its new random key."""
        ...

    async def find(self, launch: str) -> Session | None:
        """The session with that key, if it has not ended; its idle time begins anew."""
        ...

    async def keep_work(self, launch: str, work: Work) -> None:
        """Replace what was entered and shown."""
        ...

    async def close(self, launch: str) -> None:
        """Forget the session."""
        ...

    async def lay_aside(self, owner: str, work: Work) -> None:
        """Keep unsaved work of a session that ended before its time, for the owner's next launch."""
        ...

    async def pick_up(self, owner: str) -> Work | None:
        """Give back what was laid aside, once."""
        ...

    async def leave_note(self, text: str) -> str:
        """Keep a text for ten minutes under a new random key, which is returned."""
        ...

    async def read_note(self, key: str) -> str | None:
        """The text under that key, as often as it is asked for; None where there is none or it is too old."""
        ...

    async def first_use(self, value: str, seconds: int) -> bool:
        """Whether the value was never used before; it is remembered for so long."""
        ...

    async def sweep(self) -> int:
        """Remove everything that has ended; returns how much it was."""
        ...
