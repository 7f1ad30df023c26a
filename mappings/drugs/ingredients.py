"""Names of active ingredients, normalised for comparison: lower case, salt dropped, one name per ingredient."""

from __future__ import annotations

from functools import lru_cache

from mappings.drugs.facts import facts

MOST_WORDS = 6


@lru_cache(maxsize=4_096)
def normal_ingredient(text: str) -> tuple[str, str | None]:
    """The ingredient's one name, and the salt that was dropped from it: ("metoprolol", "succinate").

    A salt stays where it makes the drug what it is: potassium citrate, ferrous sulfate, fluticasone furoate.
    """
    known = facts()
    name = " ".join(text.lower().split()).strip(" ,")
    salt = None
    while name not in known.synonyms:
        base, _, last = name.rpartition(" ")
        if not base or last not in known.salts or not _may_drop(base):
            break
        name, salt = base.rstrip(","), last
    return known.synonyms.get(name, name), salt


def _may_drop(base: str) -> bool:
    kept = facts().bases_with_salt
    return base not in kept and base.partition(" ")[0] not in kept


def known_ingredients(text: str) -> tuple[tuple[str, ...], tuple[str | None, ...]] | None:
    """The ingredients that a name surely means (two for "lisinopril-hydrochlorothiazide") and their salts, or None."""
    names = [text]
    if not facts().knows(normal_ingredient(text)[0]):
        names = [part for part in text.replace("/", "-").split("-") if part.strip()]
    normal = [normal_ingredient(name) for name in names]
    if not names or not all(facts().knows(name) for name, _ in normal):
        return None
    return tuple(name for name, _ in normal), tuple(salt for _, salt in normal)
