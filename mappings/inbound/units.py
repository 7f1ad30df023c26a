"""The units in which medicine is counted, brought to one spelling each, so that amounts can be compared.

Every solid oral unit (tablet, capsule, caplet, pill) becomes "{tablet}": charts write "1 cap" in the sig, "{tablet}" in
the dose and "tablets" in the fill of one and the same medicine. Volumes become "mL" (a pharmacy teaspoon is 5 mL, a
tablespoon 15 mL), masses "mg", insulin and vitamin units "[iU]". What is not in the table stays as it is written, and
amounts in different units are never compared: "30 tablets" of a suspension says nothing about millilitres.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from pickupday.drugs import Kind

TABLET = "{tablet}"
EACH = "{each}"
MILLILITRE = "mL"
MILLIGRAM = "mg"
INTERNATIONAL_UNIT = "[iU]"

_ONE = Fraction(1)

# normalised unit, its size in that unit, the spellings in lower case without braces
_SPELLINGS: tuple[tuple[str, Fraction, str], ...] = (
    (
        TABLET,
        _ONE,
        "tablet tablets tablet(s) tab tabs tab(s) tbl capsule capsules capsule(s) cap caps cap(s) caplet caplets pill "
        "pills ertab entab tabcoat frmtab capsule-tablet ectab orcap srcap ercap entcap chewtab chew ortab orditab "
        "sublingual-tablet odt softgel softgels gelcap gelcaps c48542 c48480 385055001 385049006 428673006 428641000 "
        "732936001 732937005",
    ),
    (EACH, _ONE, "each ea unit-of-use count 1 c64933"),
    (MILLILITRE, _ONE, "ml mls milliliter milliliters millilitre millilitres cc cm3 c28254 258773002"),
    (MILLILITRE, Fraction(1000), "l liter liters litre litres"),
    (MILLILITRE, Fraction(5), "tsp tsps teaspoon teaspoons teaspoonful teaspoonfuls teaspoon(s) [tsp_m] c48544"),
    (MILLILITRE, Fraction(15), "tbsp tablespoon tablespoons tablespoonful tablespoonfuls [tbs_m] c48541"),
    (MILLIGRAM, _ONE, "mg mgs milligram milligrams c28253 258684004"),
    (MILLIGRAM, Fraction(1000), "g gm gms gram grams c48155 258682000"),
    (MILLIGRAM, Fraction(1, 1000), "mcg ug µg μg microgram micrograms c48152 258685003"),
    ("meq", _ONE, "meq milliequivalent milliequivalents"),
    (
        INTERNATIONAL_UNIT,
        _ONE,
        "unit units u unt [iu] iu international-unit [u] [arb'u] [usp'u] c44278 c48579 767525000 408102007",
    ),
    (
        "{puff}",
        _ONE,
        "puff puffs puff(s) inhalation inhalations inhalation(s) inh inhl actuation actuations actuat 415215001",
    ),
    ("{spray}", _ONE, "spray sprays spray(s) sprays/nostril 738997000"),
    ("[drp]", _ONE, "drop drops drop(s) drp [drp] gtt gtts opdrop otdrop c48491 404218003"),
    ("{patch}", _ONE, "patch patches patch(es) transpatch transdermal-patch c48524 36875001 419702001"),
    ("{suppository}", _ONE, "suppository suppositories supp suppos rsup rectal-suppository c48539 430293001"),
    ("{injection}", _ONE, "injection injections inj injection(s)"),
    ("{pen}", _ONE, "pen pens pen(s)"),
    ("{syringe}", _ONE, "syringe syringes prefilled-syringe c48540"),
    ("{vial}", _ONE, "vial vials vial(s) c48551 415818006"),
    ("{packet}", _ONE, "packet packets sachet sachets c48521"),
    ("{pack}", _ONE, "pack packs package kit kits c48520 c48484"),
    ("{inhaler}", _ONE, "inhaler inhalers canister canisters c48481 c62276"),
    ("{bottle}", _ONE, "bottle bottles btl c48477"),
    ("{lozenge}", _ONE, "lozenge lozenges troche troches c48506"),
    ("{application}", _ONE, "application applications applicatorful applicatorfuls"),
    ("{dose}", _ONE, "dose doses c48483"),
)
_UNITS: dict[str, tuple[str, Fraction]] = {
    spelling: (unit, size) for unit, size, spellings in _SPELLINGS for spelling in spellings.split()
}
_DAYS: dict[str, Fraction] = {
    spelling: Fraction(days)
    for days, spellings in (
        (1, "d day days day(s) 258703001"),
        (7, "wk week weeks week(s) 258705008"),
        (30, "mo month months month(s) 258706009"),
        (365, "a year years yr yrs 258707000"),
    )
    for spelling in spellings.split()
}
_COUNTED_SINGLY = {Kind.SOLID_ORAL: TABLET, Kind.PATCH: "{patch}"}


@lru_cache(maxsize=4_096)
def unit_of(unit: str | None, code: str | None = None) -> tuple[str, Fraction]:
    """The normalised unit and its size: ("mL", 5) for a teaspoon; ("", 1) where the chart gives none.

    The code goes first (it is the one that machines compare), then the unit as people read it; one that the table does
    not know stays as it is.
    """
    for text in (code, unit):
        if text:
            known = _UNITS.get(_spelling(text))
            if known:
                return known
    return (unit or code or "").strip(), _ONE


@lru_cache(maxsize=256)
def days_in(unit: str | None, code: str | None = None) -> Fraction | None:
    """How many days one such unit is, None for what is no unit of days. A month counts 30 days, a year 365."""
    for text in (code, unit):
        if text:
            known = _DAYS.get(_spelling(text))
            if known:
                return known
    return None


def counted_unit(unit: str, kind: Kind) -> str:
    """The unit of a medicine of this kind: tablets count in tablets, even where the chart says "each" or nothing."""
    if unit in ("", EACH, "{dose}"):
        return _COUNTED_SINGLY.get(kind, unit)
    return unit


def _spelling(text: str) -> str:
    text = text.strip().lower()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return text.rstrip(".").strip().replace(" ", "-")
