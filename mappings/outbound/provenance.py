"""Where the written resources come from, as an R4 Provenance: who, with what, from which versions of the chart."""

from __future__ import annotations

from mappings.outbound.codes import DATA_OPERATION, PROVENANCE_PARTICIPANT
from mappings.outbound.identity import Identifier
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.pharmacy import is_literal_reference
from mappings.outbound.plan_record import PlanRecord
from mappings.outbound.planned import EnrolmentPlan
from mappings.outbound.resource import Json, concept, without_absent

APP = "PickupDay"


def provenance(plan: EnrolmentPlan, record: PlanRecord, tag: Identifier, targets: tuple[str, ...]) -> Json:
    """The Provenance of everything that one enrolment writes. R4 gives it no identifier, so it is known by its tag.

    The agent is whoever asked for it, else the patient, whose agreement it carries out; beside them the device.
    """
    if record.requester is not None:
        person, part = record.requester, "enterer"
    else:
        person, part = plan.patient, "informant"
    sources = [_source(key, version) for key, version in record.sources if is_literal_reference(key)]
    text = f"Written by {APP} {record.app_version} from {len(sources)} records of the chart."
    return without_absent(
        {
            "resourceType": "Provenance",
            "meta": {"tag": [{"system": tag.system, "code": tag.value}]},
            "text": generated_narrative("Medication synchronization enrolment", text),
            "contained": [
                {
                    "resourceType": "Device",
                    "id": "app",
                    "deviceName": [{"name": APP, "type": "user-friendly-name"}],
                    "version": [{"value": record.app_version}],
                }
            ],
            "target": [{"reference": target} for target in targets],
            "recorded": record.recorded.isoformat(timespec="seconds"),
            "activity": concept(DATA_OPERATION, "CREATE"),
            "agent": [
                {"type": concept(PROVENANCE_PARTICIPANT, part), "who": {"reference": person}},
                {"type": concept(PROVENANCE_PARTICIPANT, "assembler"), "who": {"reference": "#app", "display": APP}},
            ],
            "entity": [{"role": "source", "what": source} for source in sources],
        }
    )


def _source(key: str, version: str | None) -> Json:
    """A versioned reference, and the version in words: servers may strip it from a stored reference."""
    if version is None:
        return {"reference": key}
    return {"reference": f"{key}/_history/{version}", "display": f"{key}, version {version}"}
