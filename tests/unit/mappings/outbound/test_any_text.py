"""Whatever a chart or a person writes, what is written stays valid, and no name becomes markup or another line."""

import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.outbound.appointment import visit_instants
from mappings.outbound.bundle import enrolment_bundle
from mappings.outbound.codes import Systems
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.pharmacy import named_pharmacy
from mappings.outbound.planned import Agreement, VisitHours
from mappings.validation import problems_of

ANY_TEXT = st.text(st.characters(), max_size=40)
WRITABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(label=ANY_TEXT, name=ANY_TEXT, wording=WRITABLE)
def test_any_names_and_words_give_a_valid_transaction(plan, key, label, name, wording):
    fills = (replace(plan.pickups[0].fills[0], label=label), *plan.pickups[1].fills)
    pharmacy = named_pharmacy(["Organization/1"], ["Location/1"], {"Organization/1": name})
    changed = replace(
        plan,
        pharmacy=pharmacy,
        agreement=Agreement(wording),
        pickups=(plan.pickups[0], replace(plan.pickups[1], fills=fills)),
    )
    assert problems_of(enrolment_bundle(changed, key=key, systems=Systems()).bundle) == ()


@given(ANY_TEXT)
def test_any_text_is_well_formed_narrative_with_no_markup_of_its_own(text):
    resource = {
        "resourceType": "CommunicationRequest",
        "status": "active",
        "text": generated_narrative("Title", text),
    }
    assert problems_of(resource) == ()
    assert set(re.findall(r"<(\w+)", resource["text"]["div"])) <= {"div", "p", "b", "ul", "li"}


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    st.sampled_from(["America/New_York", "Pacific/Tongatapu", "Pacific/Honolulu", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_start_and_end_are_instants_of_the_pickup_day(on, opens, zone):
    start, end = visit_instants(on, VisitHours(opens), ZoneInfo(zone))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00[+-]\d\d:\d\d", start)
    assert start[:10] == on.isoformat()
    assert end != start
