from typing import Any

import pytest

from mappings.drugs import Component, describe_components, describe_drug
from mappings.drugs.facts import facts, read_facts
from mappings.drugs.forms import read_form, speaks_of_form
from mappings.drugs.ingredients import known_ingredients, normal_ingredient
from mappings.drugs.strengths import STRENGTH, milligrams, normal_strength
from pickupday.drugs import Kind, Schedule


def test_every_table_states_its_source() -> None:
    rows: dict[str, Any] = {"controlled": [{"schedule": "C-II", "ingredients": ["x"]}]}
    with pytest.raises(ValueError, match="a table of controlled in facts"):
        read_facts(rows)
    assert facts().controlled["oxycodone"] is Schedule.II


def test_the_tables_do_not_contradict_each_other() -> None:
    known = facts()
    assert not known.not_controlled & known.controlled.keys()
    assert {ingredient for brand in known.brands.values() for ingredient in brand.ingredients} <= {
        name for brand in known.brands.values() for name in brand.ingredients if known.knows(name)
    }
    assert not known.brands.keys() & known.not_controlled
    assert {brand.form for brand in known.brands.values() if brand.form} <= known.forms.keys()


def test_every_ingredient_of_the_tables_is_written_in_its_normal_form() -> None:
    known = facts()
    names = {
        *known.controlled,
        *known.not_controlled,
        *known.courses,
        *known.restart_harm,
        *known.unit_of_use,
        *(name for name in known.ask_first if " / " not in name),
    }
    assert {name: normal_ingredient(name)[0] for name in names if normal_ingredient(name)[0] != name} == {}


@pytest.mark.parametrize(
    ("written", "name", "salt"),
    [
        ("Metformin hydrochloride", "metformin", "hydrochloride"),
        ("metoprolol succinate", "metoprolol", "succinate"),
        ("Penicillin V Potassium", "penicillin v", None),
        ("clavulanate potassium", "clavulanate", "potassium"),
        ("potassium citrate", "potassium citrate", None),
        ("ferrous sulfate", "ferrous sulfate", None),
        ("Fluticasone propionate", "fluticasone propionate", None),
        ("tenofovir disoproxil fumarate", "tenofovir disoproxil", "fumarate"),
        ("lithium carbonate", "lithium", None),
        ("Thyroxine", "levothyroxine", None),
        ("levothyroxine sodium anhydrous", "levothyroxine", "sodium"),
        ("sulfate", "sulfate", None),
    ],
)
def test_salts_are_dropped_unless_they_make_the_drug(written: str, name: str, salt: str | None) -> None:
    assert normal_ingredient(written) == (name, salt)


def test_joined_names_are_known_only_part_by_part() -> None:
    assert known_ingredients("lisinopril-hydrochlorothiazide") == (("lisinopril", "hydrochlorothiazide"), (None, None))
    assert known_ingredients("lisinopril/wonder") is None
    assert known_ingredients("") is None


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("500 MG", "500 mg"),
        ("0.088 MG", "0.088 mg"),
        ("88mcg", "0.088 mg"),
        ("1 g", "1000 mg"),
        ("50,000 iu", "50000 unt"),
        ("100u/ml", "100 unt/ml"),
        ("250 mg/5 mL", "50 mg/ml"),
        ("100 mg/3 mL", "100 mg/3 ml"),
        ("10 mg/g", "0.01 mg/mg"),
        ("500 mg/tablet", "500 mg"),
        ("80mcg/puff", "0.08 mg/actuat"),
        ("0.05 %", "0.05 %"),
        ("10 mL", None),
        ("0 mg", None),
        ("5 mg/0 mL", None),
    ],
)
def test_strengths_have_one_spelling(text: str, strength: str | None) -> None:
    found = STRENGTH.fullmatch(text)
    assert found
    assert normal_strength(found) == strength


def test_milligrams_of_a_strength() -> None:
    assert milligrams("30 mg") == (30, False)
    assert milligrams("2 mg/ml") == (2, True)
    assert milligrams("10 meq") is None
    assert milligrams(None) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Extended Release Oral Tablet", "extended release oral tablet"),
        ("24 HR Extended Release Oral Tablet", "24 hr extended release oral tablet"),
        ("tablet,extended release 24 hr", "24 hr extended release oral tablet"),
        ("24 hour patch", "transdermal system"),
        ("XL", "24 hr extended release"),
        ("XR tab", "extended release oral tablet"),
        ("Auto-Injector", "pen injector"),
        ("film coated tablet", "oral tablet"),
        ("Oral Cream", "topical cream"),
        ("wonder tablet", None),
        ("24 hr", None),
        ("", None),
    ],
)
def test_forms_have_one_name(text: str, name: str | None) -> None:
    form = read_form(text)
    assert (form.name if form else None) == name


def test_a_form_word_is_no_ingredient() -> None:
    assert speaks_of_form("allopurinol tablet")
    assert not speaks_of_form("allopurinol")


def test_structured_ingredients_are_described_as_a_name_is() -> None:
    read = describe_components(
        "Item 7",
        (Component("Lisinopril", "10 mg", "{tablet}"), Component("Hydrochlorothiazide 12.5 MG Oral Tablet", "12.5 mg")),
        "Oral Tablet",
    )
    assert (read.label, read.ingredient, read.strength) == (
        "Item 7",
        "hydrochlorothiazide / lisinopril",
        "12.5 mg / 10 mg",
    )
    assert (read.kind, read.schedule) == (Kind.SOLID_ORAL, Schedule.NOT_CONTROLLED)
    assert (
        describe_components("Insulin", (Component("insulin glargine", "100 [iU]", "mL"),), None).strength
        == "100 unt/ml"
    )
    assert describe_components("Odd", (Component("wonder", "many"),), "Odd form").strength is None


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("3 ML insulin glargine 100 UNT/ML Pen Injector", 28),
        ("insulin detemir 100 UNT/ML Injectable Solution", 42),
        ("3 ML insulin degludec 100 UNT/ML Pen Injector", 56),
        ("timolol 5 MG/ML Ophthalmic Solution", 28),
        ("latanoprost 0.05 MG/ML Ophthalmic Solution", 42),
        ("brimonidine 2 MG/ML / timolol 5 MG/ML Ophthalmic Solution", 28),
        ("metformin 500 MG Oral Tablet", None),
        ("0.5 ML semaglutide 2 MG/ML Pen Injector", None),
    ],
)
def test_opened_insulin_and_drops_are_used_for_a_limited_time(name: str, days: int | None) -> None:
    assert describe_drug(name, ((name, True),)).in_use_days == days
