from __future__ import annotations
from dataclasses import dataclass
from functools import lru_cache
from pickupday.drugs import DrugFacts


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    strength: str | None = None
    per: str | None = None


@lru_cache(maxsize=8192)
def describe_drug(label: str, names: tuple[tuple[str, bool], ...]) -> DrugFacts:
    return DrugFacts(label)


def describe_components(label: str, components: tuple[Component, ...], form: str | None) -> DrugFacts:
    return DrugFacts(label)
