import json
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from mappings.inbound import read_bundle, read_resources
from mappings.inbound.decode import is_read, type_of
from mappings.inbound.guard import depth_of, place_in
from mappings.limits import Limits
from pickupday.findings import Severity
from pickupday.history import ToldCount


def codes(chart: Any) -> list[str]:
    return [issue.code for issue in chart.issues if issue.code != "no-dispenses"]


class TestOneMalformedResource:
    def test_is_one_issue_with_its_path_and_the_rest_goes_on(self, charts: Any) -> None:
        broken = charts.request(
            id="broken", dosageInstruction=[{"text": "1 tab qd"}, {"timing": {"repeat": {"count": "x"}}}]
        )
        chart = charts.read(broken, charts.request())
        issue = chart.issues[0]
        assert (issue.code, issue.severity, issue.resource) == (
            "malformed-element",
            Severity.ERROR,
            "MedicationRequest/broken",
        )
        assert issue.path == "MedicationRequest.dosageInstruction[1].timing.repeat.count"
        assert [written.key for written in chart.history.prescriptions] == [
            "MedicationRequest/broken",
            "MedicationRequest/r",
        ]
        assert chart.history.prescriptions[0].unreadable == f"malformed: {issue.path}"
        assert chart.history.prescriptions[1].unreadable is None

    def test_an_id_that_is_no_text_leaves_the_place_as_key(self, charts: Any) -> None:
        chart = charts.read(charts.patient(), charts.request(id=5))
        assert chart.history.prescriptions[0].key == "MedicationRequest/(entry 1)"

    def test_a_resource_without_id_has_its_place_as_key(self, charts: Any) -> None:
        chart = charts.read(charts.patient(), charts.request(id=None))
        assert chart.history.prescriptions[0].key == "MedicationRequest/(entry 1)"

    @pytest.mark.parametrize(
        "resource", [5, "text", [], [1], {}, {"resourceType": 5}, {"resourceType": "No/Such"}, True]
    )
    def test_what_is_no_resource_is_said(self, charts: Any, resource: Any) -> None:
        chart = read_bundle(charts.bundle(charts.patient(), resource, charts.request()), zone=charts.zone)
        assert chart.history is not None
        assert len(chart.history.prescriptions) == 1
        assert codes(chart) in (["no-resource-type"], [])

    def test_an_entry_that_is_no_object_is_said(self, charts: Any) -> None:
        bundle = json.loads(charts.bundle(charts.patient(), charts.request()))
        bundle["entry"][1:1] = [7, None, {"fullUrl": 5}, {"response": {"status": "204"}}, {"resource": None}]
        chart = read_bundle(json.dumps(bundle).encode(), zone=charts.zone)
        assert chart.history is not None
        assert len(chart.history.prescriptions) == 1
        assert [(issue.code, issue.path) for issue in chart.issues[:-1]] == [
            ("malformed-entry", "Bundle.entry[1]"),
            ("malformed-entry", "Bundle.entry[2]"),
            ("malformed-entry", "Bundle.entry[3]"),
        ]

    def test_bytes_that_are_no_utf8_spoil_their_own_resource_only(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), charts.request(), charts.request(id="s", status="STATUS"))
        chart = read_bundle(data.replace(b'"STATUS"', b'"\xff\xfe"'), zone=charts.zone)
        assert chart.history is not None
        assert chart.history.prescriptions[0].key == "MedicationRequest/r"
        assert len(codes(chart)) >= 1


class TestTwice:
    def test_identical_entries_count_once(self, charts: Any) -> None:
        chart = charts.read(charts.request(), charts.request(), charts.dispense(), charts.dispense())
        assert len(chart.history.prescriptions) == len(chart.history.dispenses) == 1
        assert chart.issues == ()

    def test_the_later_version_wins_in_any_order(self, charts: Any) -> None:
        old = charts.request(meta={"versionId": "9"}, status="active")
        new = charts.request(meta={"versionId": "10"}, status="stopped")
        for pair in ((old, new), (new, old)):
            chart = charts.read(*pair)
            assert [written.status for written in chart.history.prescriptions] == ["stopped"]
            assert codes(chart) == ["older-version"]
            assert chart.issues[0].severity is Severity.INFORMATION

    @pytest.mark.parametrize(
        ("one", "other"), [(None, None), ("1", None), ("a", "b"), ("1", "1"), ("1" * 30, "2" * 30)]
    )
    def test_two_that_differ_without_order_are_an_issue_and_unreadable(
        self, charts: Any, one: str | None, other: str | None
    ) -> None:
        pair = [
            charts.request(meta={"versionId": version} if version else None, status=status)
            for version, status in ((one, "active"), (other, "stopped"))
        ]
        chart = charts.read(*pair)
        assert codes(chart) == ["duplicate-differs"]
        assert chart.history.prescriptions[0].unreadable == "two entries with this id differ"

    def test_one_full_url_for_two_records_is_said(self, charts: Any) -> None:
        url = "urn:uuid:6f0c0a4e-0000-4000-8000-000000000001"
        entries = [{"fullUrl": url, "resource": charts.patient()}, {"fullUrl": url, "resource": charts.request()}]
        data = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
        assert codes(read_bundle(data, zone=charts.zone)) == ["full-url-disagrees"]


class TestTheFile:
    def fatal(self, data: bytes, charts: Any, limits: Limits | None = None) -> Any:
        chart = read_bundle(data, zone=charts.zone, limits=limits or Limits())
        assert chart.history is None
        (issue,) = [issue for issue in chart.issues if issue.fatal]
        assert issue.message.isprintable()
        return issue

    @pytest.mark.parametrize("data", [b"", b"  \n\t "])
    def test_empty(self, charts: Any, data: bytes) -> None:
        assert self.fatal(data, charts).code == "empty-file"

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_in_another_encoding(self, charts: Any, encoding: str) -> None:
        assert self.fatal(charts.bundle(charts.patient()).decode().encode(encoding), charts).code == "not-utf-8"

    def test_with_a_byte_order_mark_is_read(self, charts: Any) -> None:
        data = b"\xef\xbb\xbf" + charts.bundle(charts.patient(), charts.request())
        assert read_bundle(data, zone=charts.zone).history is not None

    def test_truncated_says_where(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), charts.request())
        issue = self.fatal(data[:-20], charts)
        assert issue.code == "truncated-file"
        assert f"(byte {len(data) - 20})" in issue.message

    @pytest.mark.parametrize(
        "data",
        [b'{"resourceType":"Bundle","entry":[}', b"{]", b"<html>", b'{"a":NaN}', b"{'a': 1}", b'["\\ud800", "\\u12"]'],
    )
    def test_no_json(self, charts: Any, data: bytes) -> None:
        issue = self.fatal(data, charts)
        assert issue.code == "not-json"
        assert "line 1, column" in issue.message

    def test_one_resource_per_line_is_told_apart(self, charts: Any) -> None:
        data = b"\n".join(json.dumps(resource).encode() for resource in (charts.patient(), charts.request()))
        issue = self.fatal(data, charts)
        assert issue.code == "not-json"
        assert "NDJSON" in issue.next_step

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b'{"resourceType":"Patient","id":"p"}', "a single Patient"),
            (b'{"hello":1}', "an object without resourceType"),
            (b"5", "neither a Bundle nor an array"),
            (b'"text"', "neither a Bundle nor an array"),
            (b"null", "neither a Bundle nor an array"),
        ],
    )
    def test_that_is_no_bundle(self, charts: Any, data: bytes, said: str) -> None:
        issue = self.fatal(data, charts)
        assert issue.code == "not-a-bundle"
        assert said in issue.message

    @pytest.mark.parametrize("data", [b'{"resourceType":"Bundle","entry":5}', b'{"resourceType":"Bundle","link":5}'])
    def test_that_is_a_misshapen_bundle(self, charts: Any, data: bytes) -> None:
        assert self.fatal(data, charts).code == "malformed-bundle"

    def test_that_is_one_page_only(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), link=[{"relation": "self"}, {"relation": "next", "url": "https://x"}])
        assert self.fatal(data, charts).code == "one-page-only"

    def test_that_is_an_array_of_resources_is_read(self, charts: Any) -> None:
        data = json.dumps([charts.patient(), charts.request()]).encode()
        chart = read_bundle(data, zone=charts.zone)
        assert chart.history is not None
        assert len(chart.history.prescriptions) == 1

    def test_in_text_that_is_no_utf8(self, charts: Any) -> None:
        assert self.fatal(b'{"resourceType":"Bundle","type":"\xff\xfe"}', charts).code == "not-json"

    def test_that_is_a_history_has_no_deleted_records(self, charts: Any) -> None:
        def entry(resource: Any = None, **request: str) -> Any:
            return {"fullUrl": "https://ehr.example/MedicationRequest/r", "resource": resource, "request": request}

        who = {"resource": charts.patient()}
        gone = entry(method="DELETE", url="MedicationRequest/r")
        stays = {"resource": charts.request(id="other")}
        for kind, deletion, left in (
            ("history", [entry(method="DELETE")], 1),
            ("history", [gone], 1),
            ("transaction", [gone], 2),
            ("history", [entry(method="GET", url="MedicationRequest/r")], 2),
            ("history", [{}], 2),
        ):
            entries = [who, *deletion, entry(charts.request()), stays]
            data = json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()
            history = read_bundle(data, zone=charts.zone).history
            assert history is not None
            assert len(history.prescriptions) == left

    def test_with_bundles_inside_is_read(self, charts: Any) -> None:
        inner = json.loads(charts.bundle(charts.request()))
        chart = charts.read(charts.patient(), inner)
        assert len(chart.history.prescriptions) == 1

    def test_with_bundles_too_far_inside_are_not_read(self, charts: Any) -> None:
        inner: Any = charts.request()
        for _ in range(6):
            inner = json.loads(charts.bundle(inner))
        assert charts.read(charts.patient(), inner).history.prescriptions == ()

    @pytest.mark.parametrize("order", ["first", "last"])
    def test_may_write_the_type_anywhere(self, charts: Any, order: str) -> None:
        request = charts.request()
        kind = request.pop("resourceType")
        request = {"resourceType": kind, **request} if order == "first" else {**request, "resourceType": kind}
        assert len(charts.read(charts.patient(), request).history.prescriptions) == 1


class TestLimits:
    """Each names the limit and the setting, and nothing is planned."""

    def exceeded(self, charts: Any, data: bytes, **limits: int) -> tuple[str, str]:
        chart = read_bundle(data, zone=charts.zone, limits=Limits(**limits))
        assert chart.history is None
        (issue,) = [issue for issue in chart.issues if issue.fatal]
        (setting,) = limits
        assert setting in (issue.next_step or "")
        assert str(limits[setting]) in (issue.next_step or "")
        return issue.code, issue.resource

    def test_the_size_of_the_file(self, charts: Any) -> None:
        assert self.exceeded(charts, charts.bundle(charts.patient()), max_file_bytes=50)[0] == "file-too-large"

    def test_the_number_of_entries(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), charts.request(), charts.dispense())
        assert self.exceeded(charts, data, max_entries=2)[0] == "too-many-entries"
        array = json.dumps([charts.patient(), charts.request(), charts.dispense()]).encode()
        assert self.exceeded(charts, array, max_entries=2)[0] == "too-many-entries"

    def test_the_number_of_entries_of_bundles_inside_together(self, charts: Any) -> None:
        inner = json.loads(charts.bundle(charts.request(), charts.dispense()))
        assert self.exceeded(charts, charts.bundle(charts.patient(), inner), max_entries=2)[0] == "too-many-entries"

    def test_the_number_of_resources_from_a_server(self, charts: Any) -> None:
        raws = (json.dumps(charts.patient()).encode() for _ in range(10**9))
        chart = read_resources(raws, patient="p", zone=charts.zone, limits=Limits(max_entries=3))
        assert [issue.code for issue in chart.issues] == ["too-many-entries"]

    def test_the_depth(self, charts: Any) -> None:
        deep: Any = []
        for _ in range(20):
            deep = [deep]
        data = charts.bundle(charts.patient(), charts.request(extension=deep, note=[{"text": "x" * 16_384}]))
        assert self.exceeded(charts, data, max_depth=20) == ("nested-too-deep", "MedicationRequest/(entry 1)")
        assert read_bundle(data, zone=charts.zone, limits=Limits(max_depth=22)).history is not None

    @pytest.mark.parametrize(
        ("levels", "found"), [(100, ([], ["nested-too-deep"])), (1_100, (["nested-too-deep"], ["nested-too-deep"]))]
    )
    def test_the_depth_of_a_small_resource_where_it_cannot_be_decoded(
        self, charts: Any, levels: int, found: tuple[list[str], list[str]]
    ) -> None:
        nested = b"[" * levels + b"]" * levels
        sound = json.dumps(charts.request(extension="?")).encode().replace(b'"?"', nested)
        typeless = sound.replace(b'"resourceType": "MedicationRequest", ', b"")
        patient = json.dumps(charts.patient()).encode()
        for raw, codes in zip((sound, typeless), found, strict=True):
            chart = read_resources([patient, raw], patient="p", zone=charts.zone)
            assert [code for code in charts.codes(chart) if code != "malformed-resource"] == codes

    @pytest.mark.parametrize("nested", [b"[", b'{"a":', b'[{"a":'])
    def test_a_depth_that_would_break_a_decoder(self, charts: Any, nested: bytes) -> None:
        for data in (
            nested * 200_000,
            b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":' + nested * 200_000,
            b'{"resourceType":"Bundle","extension":' + nested * 200_000,
        ):
            chart = read_bundle(data, zone=charts.zone)
            assert chart.history is None
            assert chart.issues[-1].code in ("nested-too-deep", "truncated-file", "not-json")

    def test_brackets_in_text_are_no_depth(self, charts: Any) -> None:
        text = '[{"' * 100 + "\\"
        chart = charts.read(charts.request(note=[{"text": text}]))
        assert len(chart.history.prescriptions) == 1

    def test_the_length_of_a_text(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), charts.request(note=[{"text": "x" * 3000}]))
        assert self.exceeded(charts, data, max_string=2999) == ("string-too-long", "MedicationRequest/(entry 1)")
        assert read_bundle(data, zone=charts.zone, limits=Limits(max_string=3000)).history is not None

    def test_a_text_of_ten_megabytes_anywhere(self, charts: Any) -> None:
        long = "x" * 10_000_000
        for resource in (
            charts.request(id=long),
            charts.request(medicationCodeableConcept={"text": long}),
            charts.request(dosageInstruction=[{"text": long}]),
            charts.dispense(whenHandedOver=long),
            charts.dispense(subject={"reference": f"Patient/{long}"}),
        ):
            chart = charts.read(resource)
            assert chart.history is None
            assert charts.codes(chart) == ["string-too-long"]
            assert len(chart.issues[0].message) < 200

    def test_in_resources_that_are_not_read_too(self, charts: Any) -> None:
        data = charts.bundle(charts.patient(), {"resourceType": "Binary", "data": "x" * 3000})
        assert self.exceeded(charts, data, max_string=2999)[0] == "string-too-long"


def test_types_that_do_not_matter_are_left_alone(charts: Any) -> None:
    chart = charts.read(charts.request(), {"resourceType": "Observation", "id": "o", "status": ["nonsense"]})
    assert codes(chart) == []
    assert not is_read("Observation")


def test_what_the_server_said_is_passed_on(charts: Any) -> None:
    outcome = {
        "resourceType": "OperationOutcome",
        "id": "w",
        "issue": [
            {"severity": "warning", "code": "processing", "diagnostics": "Unknown parameter \x1b[31m'foo'"},
            {"severity": "error", "code": "incomplete", "details": {"text": "One source did not answer"}},
            {"severity": "fatal", "code": "timeout"},
            {"severity": "information"},
        ],
    }
    chart = charts.read(charts.request(), charts.dispense(), outcome)
    assert [(issue.severity.value, issue.message) for issue in chart.issues] == [
        ("warning", "The server said: Unknown parameter [31m'foo'."),
        ("error", "The server said: One source did not answer."),
        ("error", "The server said: timeout."),
        ("information", "The server said: something without words."),
    ]
    assert chart.issues[1].path == "OperationOutcome.issue[1]"
    assert charts.read(charts.request(), charts.dispense(), {"resourceType": "OperationOutcome"}).issues == ()


def test_organizations_and_told_counts_are_part_of_the_history(charts: Any) -> None:
    told = ToldCount("MedicationRequest/r", Fraction(12), date(2026, 1, 2))
    data = charts.bundle(
        charts.patient(), charts.request(), {"resourceType": "Organization", "id": "o", "name": "Corner\nPharmacy"}
    )
    chart = read_bundle(data, zone=charts.zone, told_counts=[told])
    assert chart.history is not None
    assert chart.history.told_counts == (told,)
    assert chart.history.places == {"Organization/o": "Corner Pharmacy"}


def test_a_truncated_resource_of_a_server_is_an_issue(charts: Any) -> None:
    raws = [json.dumps(charts.patient()).encode(), json.dumps(charts.request()).encode()[:60]]
    chart = read_resources(raws, patient="p", zone=charts.zone)
    assert [(issue.code, issue.resource) for issue in chart.issues] == [
        ("malformed-resource", "MedicationRequest/(entry 1)")
    ]
    assert chart.history is not None


def test_raw_values_are_read_as_bytes_are(charts: Any) -> None:
    raws = [msgspec.Raw(json.dumps(resource).encode()) for resource in (charts.patient(), charts.request())]
    assert read_resources(raws, patient="p", zone=charts.zone).history is not None


def test_small_things_of_the_guard() -> None:
    assert depth_of(b'{"a":[1,{"b":"]]]"}],"c":{}}', 64) == 3
    assert place_in(b"ab\ncd", 4) == "line 2, column 2 (byte 4)"
    assert type_of(b' { "resourceType" : "Patient"}') == "Patient"
    assert type_of(b"nonsense") is None
