"""Charts that are read and planned while a browser waits: one for each launch, in the memory of this process.

A visit that would leave the frame empty for long is answered with a page that says how far it is and looks again; the
work goes on meanwhile, once and not once for each look. Another process that is asked does it for itself: whichever
is ready when it is asked shows the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace

from service.use_cases.opt_in import Desk, Look
from service.use_cases.ports import ChartSource, FetchedChart
from service.use_cases.sessions import Session, Work

PATIENCE = 2.0  # seconds before somebody wants to know what is going on; ordinary charts are read and planned sooner
_UNASKED = 90.0  # seconds until work that nobody asks for is dropped: browsers let a hidden page look once a minute
_MOST = 100  # readings side by side; whoever comes then waits without a page that says so


@dataclass(frozen=True, slots=True)
class Ready:
    """A chart as it was read and planned, at whose desk, and what was settled before."""

    desk: Desk
    seen: Look
    settled: tuple[str, ...]


@dataclass(slots=True)
class Reading:
    """How far one launch is. `entered` is what it was begun for: with other choices it would be another plan."""

    entered: Work
    begun: float  # of the event loop's clock
    chart_read: bool = False

    def noting(self, source: ChartSource) -> ChartSource:
        """The source, which says here when the chart has been read."""
        return _Noting(source, self)

    @property
    def seconds(self) -> int:
        """How long it has taken so far."""
        return int(asyncio.get_running_loop().time() - self.begun)

    @property
    def next_look(self) -> int:
        """In how many seconds a page looks again: the longer it takes, the less often."""
        return min(10, max(3, self.seconds // 4))


Read = Callable[[Reading], Coroutine[None, None, Ready]]


@dataclass(slots=True)
class _UnderWay:
    reading: Reading
    task: asyncio.Task[Ready]
    unasked: asyncio.TimerHandle | None = None


class Readings:
    """What is being read and planned in this process, by launch; nothing of it outlives its session or the process."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._under_way: dict[str, _UnderWay] = {}
        self._tasks: set[asyncio.Task[Ready]] = set()  # also those that are being cancelled

    async def ready(self, session: Session, read: Read) -> Ready | Reading:
        """What `read` brings for this launch, if it is there within the patience, else how far it is.

        Raises what `read` raised, as soon as it did or, if nobody was waiting then, at the next visit.
        """
        loop = asyncio.get_running_loop()
        found = self._under_way.get(session.launch)
        if found is None or found.reading.entered != _entered(session):
            self.drop(session.launch)
            if len(self._under_way) >= _MOST:
                return await read(Reading(_entered(session), loop.time()))
            found = self._begin(session, read)
        if found.unasked is not None:
            found.unasked.cancel()
        found.unasked = loop.call_later(_UNASKED, self._stop, session.launch, found)
        await asyncio.wait({found.task}, timeout=self._patience)
        if not found.task.done() or found.task.cancelled():
            return found.reading
        self._stop(session.launch, found)
        return found.task.result()

    def _begin(self, session: Session, read: Read) -> _UnderWay:
        loop = asyncio.get_running_loop()
        reading = Reading(_entered(session), loop.time())
        task = loop.create_task(read(reading))
        self._tasks.add(task)
        task.add_done_callback(self._over)
        self._under_way[session.launch] = _UnderWay(reading, task)
        return self._under_way[session.launch]

    def drop(self, launch: str) -> None:
        """Stop what is under way for this launch: it signed out, or something was changed."""
        if (found := self._under_way.get(launch)) is not None:
            self._stop(launch, found)

    def _stop(self, launch: str, found: _UnderWay) -> None:
        """Stop this one, and leave another one that took its place."""
        if found.unasked is not None:
            found.unasked.cancel()
        found.task.cancel()
        if self._under_way.get(launch) is found:
            del self._under_way[launch]

    def _over(self, task: asyncio.Task[Ready]) -> None:
        """Let it go; an error is kept for the next visit, and where there is none nobody needs it."""
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """Stop everything, and wait until it has stopped."""
        for launch in tuple(self._under_way):
            self.drop(launch)
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _entered(session: Session) -> Work:
    """What the person entered; what another window was shown meanwhile changes no plan."""
    return replace(session.work, shown=None)


@dataclass(frozen=True, slots=True)
class _Noting:
    """A ChartSource that says when the chart has been read."""

    source: ChartSource
    reading: Reading

    async def read_chart(self, patient_id: str) -> FetchedChart:
        """See ChartSource.read_chart."""
        chart = await self.source.read_chart(patient_id)
        self.reading.chart_read = True
        return chart

    async def search(self, resource_type: str, params: Mapping[str, str]) -> tuple[bytes, ...]:
        """See ChartSource.search."""
        return await self.source.search(resource_type, params)
