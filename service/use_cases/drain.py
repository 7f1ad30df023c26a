"""Settle the writes that no server acknowledged: a killed command, a lost answer, a server that was gone.

Each is judged by what stands on the server now. What stands is forgotten; what is missing is sent again, with the
agreement in it, if the patient's enrolment and chart are still those of the decision; everything else is dropped, with
a message. Nothing is sent twice blindly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mappings.enrolments import EnrolmentState, Recorded
from mappings.outbound.plan_record import PROVENANCE
from service.use_cases.chart_changes import versions_of
from service.use_cases.ports import ChartSource, Outbox, PendingWrite, PickupServer, ServerError
from service.use_cases.sending import surely_refused
from service.use_cases.show import Enrolments, Site, show
from service.use_cases.writing import complete, disagreements, receipts_of, send, standing, take_back

KEEP_DAYS = 7  # an older decision is not carried out behind people's backs


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What became of one write, in one sentence; `final` where it need not wait any longer."""

    message: str
    final: bool = True


async def drain(
    source: ChartSource,
    server: PickupServer,
    site: Site,
    outbox: Outbox,
    today: date,
    *,
    patient: str | None = None,
) -> tuple[str, ...]:
    """Settle what waits for this server; one sentence for each write. Raises OutboxUnusable, never ServerError.

    One that another process is just sending is left to it. With `patient` ("Patient/1") only that one's: a launch may
    ask about nobody else.
    """
    said = []
    for name in outbox.waiting():
        with outbox.take(name) as held:
            if held is None or patient not in (None, held.write.patient):
                continue
            write = held.write
            try:
                verdict = await _Waiting(source, server, site, write, today).settle()
            except ServerError as error:
                verdict = _Verdict(f"still waiting: {error}", final=False)
            if verdict.final:
                held.done()
            said.append(f"Enrolment of {write.patient} decided on {write.on}: {verdict.message}")
    return tuple(said)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One write that waits, and the server that it is for."""

    source: ChartSource
    server: PickupServer
    site: Site
    write: PendingWrite
    today: date

    async def settle(self) -> _Verdict:
        """Look at what stands, and send again only what is missing and still meant."""
        enrolments = await self._enrolments()
        if (reason := self._superseded(enrolments)) is not None:
            return _Verdict(f"dropped, nothing was sent: {reason}.")
        capabilities = await self.server.capabilities()
        in_one = capabilities.transaction or all(one.resource_type != PROVENANCE for one in self.write.bundle.entries)
        if in_one and complete(self.write.bundle, self._stands(enrolments)):
            return _Verdict("it stands on the server.")
        if (reason := self._outdated() or await self._chart_changed()) is not None:
            return _Verdict(f"dropped, nothing was sent: {reason}. Enrol again.")
        try:
            answers = await send(self.server, self.write.bundle, capabilities)
        except ServerError as error:
            if surely_refused(error):
                return _Verdict(f"dropped, the server refused it: {error}")
            raise
        stands = self._stands(await self._enrolments())
        if differs := disagreements(self.write.bundle, stands):
            await take_back(self.server, receipts_of(self.write.bundle, answers, stands))
            return _Verdict(f"dropped, another plan was written meanwhile: {' '.join(differs)}")
        if not complete(self.write.bundle, stands):
            return _Verdict("still waiting: the server does not give back everything that was sent.", final=False)
        return _Verdict("it was sent again and stands on the server.")

    async def _enrolments(self) -> Enrolments:
        return await show(self.server, self.site, self.write.patient)

    def _stands(self, enrolments: Enrolments) -> dict[str, Recorded]:
        found = enrolments.with_value(self.write.bundle.enrolment.value)
        return standing(self.write.bundle, found) if found is not None else {}

    def _superseded(self, enrolments: Enrolments) -> str | None:
        """Why what stands on the server leaves no room for this write."""
        found = enrolments.with_value(self.write.bundle.enrolment.value)
        if found is None:
            states = (EnrolmentState.ACTIVE, EnrolmentState.PARTIAL, EnrolmentState.WITHDRAWN)
            other = next(filter(None, map(enrolments.latest, states)), None)
            return "another enrolment of the patient stands on the server" if other is not None else None
        if found.state in (EnrolmentState.WITHDRAWN, EnrolmentState.ENDED):
            return "the patient has left, or every pickup is over"
        meant = {entry.identifier.value for entry in self.write.bundle.entries}
        if any(pickup.value not in meant for pickup in found.open_pickups):
            return "another revision of the plan stands on the server"
        differs = disagreements(self.write.bundle, self._stands(enrolments))
        return f"another plan stands on the server ({differs[0].rstrip('.')})" if differs else None

    def _outdated(self) -> str | None:
        """Why it is too late for this write, or why it never may be sent."""
        bundle = self.write.bundle
        if not bundle.agreed:
            return "the patient's agreement is not in it"
        if (self.today - self.write.on).days > KEEP_DAYS:
            return f"it is older than {KEEP_DAYS} days"
        first = min(entry.on for entry in bundle.entries if entry.resource_type == "Appointment")
        return f"its first pickup, on {first}, is over" if first < self.today else None

    async def _chart_changed(self) -> str | None:
        chart = await self.source.read_chart(self.write.patient)
        fatal = next((issue.message for issue in chart.issues if issue.fatal), None)
        if fatal is not None:
            return f"the chart cannot be read ({fatal.rstrip('.')})"
        if versions_of(chart.resources) != self.write.records:
            return "prescriptions or dispenses have changed since"
        return None
