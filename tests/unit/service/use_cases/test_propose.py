import json

from service.use_cases.offer import preview
from service.use_cases.propose import PlannedChart, plan_bundle


def bundle_of(server):
    entries = [{"resource": resource} for resource in server.chart]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def test_a_chart_from_a_file_is_planned_like_one_from_a_server(server, asked, enrol):
    chart = plan_bundle(bundle_of(server), None, asked.wishes)
    assert chart.reason is None
    assert not chart.in_part
    assert chart.proposal.plan == enrol().chart.proposal.plan


def test_a_preview_shows_the_pickups_of_a_first_enrolment_and_no_consent(server, asked, site, enrol):
    drafted = preview(plan_bundle(bundle_of(server), "1", asked.wishes), site, asked.wishes)
    written = {entry.identifier for entry in enrol().offer.bundle.entries if entry.resource_type != "Consent"}
    assert {entry.identifier for entry in drafted.entries} == written


def test_a_file_that_is_no_chart_has_a_reason_and_no_preview(asked, site):
    chart = plan_bundle(b"not a chart", None, asked.wishes)
    assert chart.proposal is None
    assert chart.in_part
    assert chart.reason
    assert preview(chart, site, asked.wishes) is None


def test_a_chart_without_medicines_has_no_preview(server, asked, site):
    del server.chart[1:]
    chart = plan_bundle(bundle_of(server), None, asked.wishes)
    assert preview(chart, site, asked.wishes) is None
    assert chart.reason == "There is no plan: the chart holds no prescription and no dispense."


def test_a_chart_that_could_not_be_read_says_so_even_without_a_reason():
    assert PlannedChart(None, None, ()).reason == "The chart could not be read."


def test_a_chart_without_dispenses_is_planned_as_such(server, asked, enrol):
    server.dispenses_known = False
    assert enrol().chart.history.dispenses_known is False
