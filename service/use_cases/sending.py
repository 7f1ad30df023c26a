"""Write one offer: put it down, send it, read back what stands, and forget it only when that is known.

Without an outbox nothing is put down, and a write that is cut off is found by the next reading alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

from service.use_cases.offer import Offer
from service.use_cases.optional import left_out
from service.use_cases.outcome import EnrolmentOutcome, Result, settled
from service.use_cases.ports import (
    Capabilities,
    Conflict,
    EntryReceipt,
    FhirRefused,
    HeldWrite,
    Outbox,
    PendingWrite,
    PickupServer,
    ServerError,
    ServerFault,
    TooManyRequests,
)
from service.use_cases.show import Site, show
from service.use_cases.writing import complete, disagreements, receipts_of, send, standing, take_back

_NOT_SIGNED_IN = 401
_ATTEMPTS = 2  # a conflict whose winner cannot be seen yet is tried once more


@dataclass(frozen=True, slots=True)
class Sending:
    """One offer on its way to one server; `records` are the versions of the chart that it was planned from."""

    server: PickupServer
    site: Site
    offer: Offer
    patient: str
    today: date
    records: tuple[str, ...]
    outbox: Outbox | None

    async def write(self) -> EnrolmentOutcome:
        """Write it once. Raises ServerError; what may still arrive, or may yet be wanted, stays in the outbox."""
        with self._recorded() as held:
            try:
                outcome = await self._send(await self.server.capabilities())
            except ServerError as error:
                if held is not None and surely_refused(error):
                    held.done()
                raise
            if held is not None and not (outcome.result is Result.REFUSED and outcome.receipts):
                held.done()
            return outcome

    def _recorded(self) -> AbstractContextManager[HeldWrite | None]:
        if self.outbox is None:
            return nullcontext()
        return self.outbox.recorded(PendingWrite(self.patient, self.today, self.offer.bundle, self.records))

    async def _send(self, capabilities: Capabilities, attempts: int = _ATTEMPTS) -> EnrolmentOutcome:
        try:
            answers = await send(self.server, self.offer.bundle, capabilities)
        except ServerError as error:
            contested = isinstance(error, (Conflict, ServerFault))
            if not (contested or error.maybe_written):
                raise
            done = settled(await show(self.server, self.site, self.patient))
            if done is not None:
                return done
            if contested and attempts > 1:
                return await self._send(capabilities, attempts - 1)
            raise
        return await self._read_back(answers, left_out(capabilities))

    async def _read_back(self, answers: tuple[EntryReceipt, ...], lacks: tuple[str, ...]) -> EnrolmentOutcome:
        """What stands on the server counts: all ours, or somebody else's who was faster, never a mixture of two."""
        offer = self.offer
        found = (await show(self.server, self.site, self.patient)).with_value(offer.bundle.enrolment.value)
        stands = standing(offer.bundle, found) if found is not None else {}
        receipts = receipts_of(offer.bundle, answers, stands)
        differs = disagreements(offer.bundle, stands)
        if found is None or not complete(offer.bundle, stands):
            return EnrolmentOutcome(
                Result.REFUSED,
                "The server said yes, but does not give back everything that was written.",
                offer=offer,
                chart=offer.chart,
                enrolment=found,
                receipts=receipts,
            )
        if not differs:
            result = Result.WRITTEN if any(receipt.created for receipt in receipts) else Result.ALREADY
            message = "The patient is enrolled." if result is Result.WRITTEN else "The patient was enrolled already."
            return EnrolmentOutcome(
                result, message, lacks, offer=offer, chart=offer.chart, enrolment=found, receipts=receipts
            )
        taken_back = await take_back(self.server, receipts)
        after = await show(self.server, self.site, self.patient)
        return settled(after, taken_back) or EnrolmentOutcome(
            Result.REFUSED,
            "Other resources with these identifiers stand on the server; what this run had written was taken back.",
            differs + taken_back,
            offer=offer,
            chart=offer.chart,
            enrolment=after.with_value(offer.bundle.enrolment.value),
        )


def surely_refused(error: ServerError) -> bool:
    """Whether the server has said no for good: nothing was written, and asking again would be refused again."""
    later = isinstance(error, (Conflict, ServerFault, TooManyRequests)) or error.maybe_written
    return isinstance(error, FhirRefused) and not later and error.status != _NOT_SIGNED_IN
