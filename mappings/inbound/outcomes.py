"""What a server said beside the records it returned: OperationOutcome entries."""

from __future__ import annotations

from typing import Final

from mappings.inbound import models
from mappings.inbound.entries import Records
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from pickupday.findings import Severity

_SEVERITIES: Final = {"fatal": Severity.ERROR, "error": Severity.ERROR, "warning": Severity.WARNING}


def note_outcomes(records: Records, reading: Reading) -> None:
    """Pass on each remark; an error means that the answer may be incomplete."""
    for record in records.of(models.OperationOutcome):
        for index, remark in enumerate(record.resource.issue or ()):
            told = plain(remark.diagnostics) or (plain(remark.details.text) if remark.details else None)
            severity = _SEVERITIES.get(remark.severity or "", Severity.INFORMATION)
            reading.note(
                "server-says",
                severity,
                f"The server said: {told or plain(remark.code) or 'something without words'}.".replace("..", "."),
                resource=record.key,
                path=f"OperationOutcome.issue[{index}]",
                next_step="Check that the server's answer was complete." if severity is Severity.ERROR else None,
            )
