import pytest

from mappings.outbound.identity import Identifier, enrolment_value, keyed_hash
from mappings.outbound.narrative import generated_narrative
from mappings.outbound.pharmacy import UNKNOWN_PHARMACY, Pharmacy, named_pharmacy
from mappings.outbound.wording import spoken_date

KEY = b"key"
PLACES = {"Organization/1": " Corner\n Pharmacy\x07 ", "Location/1": "Main Street", "MedicationRequest/1#p": "Inside"}


def test_two_commands_at_the_same_instant_agree_on_the_enrolment():
    assert enrolment_value(KEY, "Patient/1", "", ()) == enrolment_value(KEY, "Patient/1", "", ())


def test_after_leaving_the_enrolment_is_a_new_one_each_time():
    ended = []
    for _ in range(3):
        ended.append(enrolment_value(KEY, "Patient/1", "", ended))
    assert len(set(ended)) == 3


def test_an_ended_enrolment_that_was_cleaned_away_does_not_bring_back_a_later_ended_one():
    first = enrolment_value(KEY, "Patient/1", "", ())
    second = enrolment_value(KEY, "Patient/1", "", {first})
    assert enrolment_value(KEY, "Patient/1", "", {second}) == first


def test_patients_and_pharmacies_do_not_share_enrolments():
    values = {
        enrolment_value(KEY, patient, pharmacy, ()) for patient in ("Patient/1", "Patient/2") for pharmacy in "ab"
    }
    assert len(values) == 4


def test_parts_of_a_hash_cannot_run_together():
    assert keyed_hash(KEY, "ab", "c") != keyed_hash(KEY, "a", "bc")


def test_an_empty_key_is_refused():
    with pytest.raises(ValueError, match="empty"):
        keyed_hash(b"", "a")


def test_an_identifier_always_has_the_same_urn():
    identifier = Identifier("https://x.test", "1")
    assert identifier.full_url == Identifier("https://x.test", "1").full_url
    assert identifier.full_url.startswith("urn:uuid:")
    assert identifier.token == "https://x.test|1"


def test_records_that_agree_name_the_pharmacy():
    assert named_pharmacy(["Organization/1", None], ["Location/1"], PLACES) == Pharmacy(
        "Corner Pharmacy", "Organization/1", "Location/1"
    )


def test_the_pharmacy_has_the_number_that_the_chart_gives_its_organization():
    numbers = {"Organization/1": "555-0110", "Location/1": "555-0111"}
    assert named_pharmacy(["Organization/1"], ["Location/1"], PLACES, numbers).phone == "555-0110"
    assert named_pharmacy([None], ["Location/1"], PLACES, numbers).phone is None


def test_two_pharmacies_are_never_merged():
    assert named_pharmacy(["Organization/1", "Organization/2"], [], PLACES) == UNKNOWN_PHARMACY


def test_a_chart_without_a_pharmacy_leaves_it_unknown():
    assert named_pharmacy([None], [None], PLACES) == UNKNOWN_PHARMACY
    assert not UNKNOWN_PHARMACY.known
    assert UNKNOWN_PHARMACY.key == ""


def test_several_locations_of_one_organization_name_no_location():
    assert named_pharmacy(["Organization/1"], ["Location/1", "Location/2"], {}) == Pharmacy(
        organization="Organization/1"
    )


def test_a_location_alone_is_enough():
    assert named_pharmacy([], ["Location/1"], PLACES) == Pharmacy(name="Main Street", location="Location/1")


def test_a_contained_organization_gives_its_name_only():
    pharmacy = named_pharmacy(["MedicationRequest/1#p"], [], PLACES)
    assert pharmacy == Pharmacy(name="Inside")
    assert pharmacy.key == "Inside"
    assert named_pharmacy(["MedicationRequest/2#p"], [], PLACES) == UNKNOWN_PHARMACY


def test_a_date_is_spoken_without_a_locale():
    from datetime import date

    assert spoken_date(date(2026, 12, 1)) == "Tuesday 1 December 2026"


def test_the_narrative_keeps_lists_and_paragraphs_apart():
    assert generated_narrative("A & B", "one\n- two\n- three\n\nfour")["div"] == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>A &amp; B</b></p><p>one</p>'
        "<ul><li>two</li><li>three</li></ul><p>four</p></div>"
    )
