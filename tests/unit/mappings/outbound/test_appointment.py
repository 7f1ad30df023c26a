from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from mappings.outbound.appointment import appointment, pharmacy_participant, visit_instants
from mappings.outbound.identity import Identifier
from mappings.outbound.pharmacy import UNKNOWN_PHARMACY, Pharmacy
from mappings.outbound.planned import VisitHours

IDS = (Identifier("urn:pickup", "p"), Identifier("urn:enrolment", "e"))


def test_a_pickup_to_be_called_about_is_proposed_and_nobody_has_accepted(plan):
    visit = appointment(plan, plan.pickups[1], *IDS)
    assert visit["status"] == "proposed"
    assert [participant["status"] for participant in visit["participant"]] == ["needs-action", "needs-action"]


def test_a_pickup_inside_the_call_lead_is_booked_and_the_patient_has_accepted(plan):
    visit = appointment(plan, plan.pickups[0], *IDS)
    assert visit["status"] == "booked"
    assert [participant["status"] for participant in visit["participant"]] == ["accepted", "needs-action"]


def test_a_pickup_points_at_the_prescriptions_to_be_filled_and_leaves_out_what_cannot_be_pointed_at(plan):
    visit = appointment(plan, plan.pickups[1], *IDS)
    assert visit["supportingInformation"] == [
        {"reference": "MedicationRequest/lisinopril-1"},
        {"reference": "MedicationRequest/metformin-1"},
    ]


def test_the_comment_says_what_to_fill_and_what_the_claim_needs(plan):
    bridge, common = (appointment(plan, pickup, *IDS)["comment"] for pickup in plan.pickups)
    assert bridge == (
        "To fill:\n"
        "- Metformin hydrochloride 500 MG Oral Tablet: 14 tablets for 7 days; short fill instead of 30 days, claim "
        "hint NCPDP SCC 47 (shortened days' supply); before the payer's usual date: needs a synchronization override\n"
        "Confirmed with the patient in the enrolment conversation."
    )
    assert "30 tablets for 30 days; needs a renewed prescription by 2026-11-24\n" in common
    assert "60 tablets for 30 days; claim hint NCPDP SCC 48 (fill after a shortened one)\n" in common
    assert common.endswith("Fill nothing before the patient has confirmed (call on 2026-12-01).")


def test_the_patient_is_told_when_where_what_and_not_to_wait_when_out(plan):
    told = appointment(plan, plan.pickups[1], *IDS)["patientInstruction"]
    assert told.startswith("Please come to Corner Pharmacy on Tuesday 8 December 2026 to pick up: Lisinopril 10 MG")
    assert "We call you on Tuesday 1 December 2026 to confirm it" in told
    assert "do not wait: ask the pharmacy at once" in told


def test_without_a_known_pharmacy_the_participant_says_so_and_has_no_actor():
    participant = pharmacy_participant(UNKNOWN_PHARMACY)
    assert "actor" not in participant
    assert participant["type"][0]["text"] == "Pharmacy (not named in the chart)"


def test_an_organization_is_no_participant_but_gives_its_name():
    participant = pharmacy_participant(Pharmacy(name="Corner", organization="Organization/1"))
    assert "actor" not in participant
    assert participant["type"][0]["text"] == "Corner"


def test_a_healthcare_service_takes_part_where_there_is_no_location():
    participant = pharmacy_participant(Pharmacy(healthcare_service="HealthcareService/1"))
    assert participant["actor"] == {"reference": "HealthcareService/1"}
    assert participant["type"][0]["text"] == "Pharmacy"


@pytest.mark.parametrize(
    ("zone", "on", "expected"),
    [
        ("America/New_York", date(2026, 3, 7), "2026-03-07T10:00:00-05:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T10:00:00-04:00"),  # clocks went forward that night
        ("America/New_York", date(2026, 11, 1), "2026-11-01T10:00:00-05:00"),  # and back
        ("Pacific/Tongatapu", date(2026, 11, 1), "2026-11-01T10:00:00+13:00"),
        ("Pacific/Honolulu", date(2026, 11, 1), "2026-11-01T10:00:00-10:00"),
        ("Etc/UTC", date(2026, 11, 1), "2026-11-01T10:00:00+00:00"),
    ],
)
def test_start_carries_the_offset_valid_on_that_day(zone, on, expected):
    assert visit_instants(on, VisitHours(), ZoneInfo(zone))[0] == expected


def test_an_opening_time_in_the_hour_that_the_clocks_skip_is_the_instant_they_then_show():
    hours = VisitHours(start=time(2, 30), minutes=30)
    assert visit_instants(date(2026, 3, 8), hours, ZoneInfo("America/New_York")) == (
        "2026-03-08T03:30:00-04:00",
        "2026-03-08T04:00:00-04:00",
    )


def test_a_visit_across_the_end_of_summer_time_keeps_its_length():
    start, end = visit_instants(date(2026, 11, 1), VisitHours(time(1, 50), 15), ZoneInfo("America/New_York"))
    assert (start, end) == ("2026-11-01T01:50:00-04:00", "2026-11-01T01:05:00-05:00")


def test_a_name_with_markup_and_control_characters_is_escaped_and_cleaned(plan):
    fill = replace(plan.pickups[0].fills[0], label="Evil <script>\x00\n- Other & Co\ud800")
    visit = appointment(plan, replace(plan.pickups[0], fills=(fill,)), *IDS)
    assert "<li>Evil &lt;script&gt; - Other &amp; Co: 14 tablets" in visit["text"]["div"]
    assert "- Evil <script> - Other & Co: 14 tablets" in visit["comment"]


def test_a_regular_amount_that_is_not_the_usual_one_is_said_without_a_claim_hint(plan):
    fill = replace(plan.pickups[1].fills[0], days=28, renew_by=None)
    comment = appointment(plan, replace(plan.pickups[1], fills=(fill,)), *IDS)["comment"]
    assert "for 28 days; instead of the usual 30 days\n" in comment
