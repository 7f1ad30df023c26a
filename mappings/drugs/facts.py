"""The table of drug facts (facts.toml), loaded once: each lookup answers by normalised ingredient, form or brand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from pickupday.drugs import AskFirst, Kind, Schedule


@dataclass(frozen=True, slots=True)
class Form:
    """A dose form: its one name, how it is counted, and the number of units that cannot be split (None = unknown)."""

    name: str
    kind: Kind
    package: Fraction | None


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand: its ingredients in the order of its strengths, and its form where it has a single one."""

    ingredients: tuple[str, ...]
    form: str | None


@dataclass(frozen=True, slots=True)
class Mixture:
    """One rule for a product that holds a controlled ingredient: with what, up to which strength, which schedule."""

    partners: frozenset[str]  # "*" = anything else that is active; empty = no other needed
    at_most_mg: Fraction | None
    at_most_mg_per_ml: Fraction | None
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Combination:
    """The schedule of an ingredient that depends on the product; `alone` where no rule fits."""

    alone: Schedule
    rules: tuple[Mixture, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything of facts.toml, by name."""

    controlled: dict[str, Schedule]
    combinations: dict[str, Combination]
    not_controlled: frozenset[str]
    brands: dict[str, Brand]
    synonyms: dict[str, str]
    forms: dict[str, Form]
    unit_of_use: dict[str, Kind]
    in_use_by_kind: dict[Kind, int]
    in_use_by_ingredient: dict[str, int]
    courses: frozenset[str]
    ask_first: dict[str, AskFirst]
    restart_harm: frozenset[str]
    salts: frozenset[str]
    bases_with_salt: frozenset[str]
    salt_release: dict[tuple[str, str], str]

    def knows(self, ingredient: str) -> bool:
        """Whether this is surely an ingredient and not a brand or a word of some chart's own."""
        return any(
            ingredient in names
            for names in (
                self.not_controlled,
                self.controlled,
                self.combinations,
                self.courses,
                self.ask_first,
                self.restart_harm,
                self.unit_of_use,
            )
        )


@cache
def facts() -> Facts:
    """The facts that are shipped with the program."""
    text = files("mappings.drugs").joinpath("facts.toml").read_text("utf-8")
    return read_facts(tomllib.loads(text))


def read_facts(tables: dict[str, list[dict[str, Any]]]) -> Facts:
    """The tables of facts.toml as lookups; every table must state its source."""
    for name, rows in tables.items():
        for row in rows:
            if not row.get("source"):
                raise ValueError(f"a table of {name} in facts.toml has no source")
    return Facts(
        controlled={name: Schedule(row["schedule"]) for row in tables["controlled"] for name in row["ingredients"]},
        combinations={row["ingredient"]: _combination(row) for row in tables["combination"]},
        not_controlled=_names(tables["not_controlled"]),
        brands={
            name: Brand(tuple(ingredients), row.get("form"))
            for row in tables["brand"]
            for name, ingredients in row["names"].items()
        },
        synonyms={name: meant for row in tables["synonym"] for name, meant in row["names"].items()},
        forms=_forms(tables["form"]),
        unit_of_use={name: Kind(row["kind"]) for row in tables["unit_of_use"] for name in row["ingredients"]},
        in_use_by_kind={Kind(row["kind"]): row["days"] for row in tables["in_use"] if "kind" in row},
        in_use_by_ingredient={name: row["days"] for row in tables["in_use"] for name in row.get("ingredients", ())},
        courses=_names(tables["course"]),
        ask_first={name: AskFirst(row["reason"]) for row in tables["ask_first"] for name in row["ingredients"]},
        restart_harm=_names(tables["restart_harm"]),
        salts=frozenset(name for row in tables["salt"] for name in row["names"]),
        bases_with_salt=frozenset(name for row in tables["keep_salt"] for name in row["bases"]),
        salt_release={(row["ingredient"], row["salt"]): row["release"] for row in tables["salt_release"]},
    )


def _names(rows: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(name for row in rows for name in row["ingredients"])


def _forms(rows: list[dict[str, Any]]) -> dict[str, Form]:
    forms = {}
    for row in rows:
        package = row.get("package")
        form = Form(row["name"], Kind(row["kind"]), Fraction(package) if package else None)
        for alias in (row["name"], *row["aliases"]):
            forms[alias.replace("-", " ")] = form
        for name in row.get("also", ()):
            forms[name.replace("-", " ")] = Form(name, form.kind, form.package)
    return forms


def _combination(row: dict[str, Any]) -> Combination:
    return Combination(
        Schedule(row["alone"]),
        tuple(
            Mixture(
                frozenset(rule["with"]),
                Fraction(rule["at_most_mg"]) if "at_most_mg" in rule else None,
                Fraction(rule["at_most_mg_per_ml"]) if "at_most_mg_per_ml" in rule else None,
                Schedule(rule["schedule"]),
            )
            for rule in row["rules"]
        ),
    )
