"""Counts of what is left, as a patient tells them: which medicine each one means, and when it ends by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from pickupday.findings import Finding, Severity
from pickupday.history import Quantity, ToldCount
from pickupday.review.chains import Chain
from pickupday.review.days_supply import same_unit
from pickupday.review.dosing import Dosing, agree
from pickupday.review.supply import JudgedFill, lay_out_from_count
from pickupday.rules import Rules
from pickupday.wording import as_handed_out, say_amount, say_number


def match_counts(
    counts: Iterable[ToldCount], chains: Sequence[Chain], today: date
) -> tuple[dict[str, ToldCount], tuple[Finding, ...]]:
    """Give each count to the one chain (by id) that it names; of several for one chain the newest holds.

    Of two from one day the one that is told now holds, not the one kept in the chart.

    A count names a medicine by the key of a prescription or the id of a therapy, else by its whole name or ingredient,
    else by words of its name, in any case. A count that fits none or several, or that cannot be true, is an error.
    """
    matched: dict[str, ToldCount] = {}
    refused: set[str] = set()
    findings: list[Finding] = []
    for count in sorted(counts, key=lambda one: (one.told_on, not one.source, one.medicine)):
        meant = _meant(count.medicine, chains)
        problem = _problem(count, meant, today)
        if problem is None:
            earlier = matched.get(meant[0].id)
            if earlier is not None and not _equally_new(earlier, count):
                refused.discard(meant[0].id)
            elif earlier is not None and earlier.units != count.units:
                problem = f"two different counts of {meant[0].drug.label} were told on {count.told_on}"
                refused.add(meant[0].id)
            matched[meant[0].id] = count
        if problem is not None:
            findings.append(
                Finding(
                    "told-count-unusable",
                    Severity.INFORMATION if count.source and not meant else Severity.ERROR,
                    f'The count of {say_number(count.units)} left for "{count.medicine}" is not used: {problem}.',
                    meant[0].keys[0] if len(meant) == 1 else "",
                    next_step="Enter the count again, naming one medicine as the chart writes it.",
                )
            )
    return {chain: count for chain, count in matched.items() if chain not in refused}, tuple(findings)


def _equally_new(earlier: ToldCount, count: ToldCount) -> bool:
    """Whether both are from one day, and both told now or both kept in the chart: neither can replace the other."""
    return earlier.told_on == count.told_on and bool(earlier.source) == bool(count.source)


def _problem(count: ToldCount, meant: Sequence[Chain], today: date) -> str | None:
    if not meant:
        return "no medicine of this name is in the chart"
    if len(meant) > 1:
        return "it could mean " + " or ".join(chain.drug.label for chain in meant)
    if count.units < 0:
        return "there cannot be less than nothing"
    if count.told_on > today:
        return f"it is dated {count.told_on}, after today"
    return None


def _meant(medicine: str, chains: Sequence[Chain]) -> list[Chain]:
    """The chains that a name fits best: by key or id, else by whole name or ingredient, else by words of the name."""
    wanted = " ".join(medicine.casefold().split())
    by_key = [one for one in chains if medicine in one.keys or medicine == one.id]
    by_name = [one for one in chains if wanted in _names(one)]
    words = set(wanted.split())
    by_words = [one for one in chains if words and any(words <= set(name.split()) for name in _names(one))]
    return by_key or by_name or by_words


def _names(chain: Chain) -> set[str]:
    named = {chain.drug.label, chain.drug.ingredient or "", *(one.drug.label for one in chain.prescriptions)}
    named |= {one.dispense.drug.label for one, _ in chain.handed_over}
    return {" ".join(name.casefold().split()) for name in named if name}


def run_out_by_count(
    chain: Chain,
    told: ToldCount,
    dosing: Dosing,
    usual: JudgedFill | None,
    fills: Iterable[JudgedFill],
    rules: Rules,
    findings: list[Finding],
) -> date | None:
    """The first day without supply by a told count; None, with a finding, where the daily use is not known."""
    too_many = _too_many(chain, told, usual, rules)
    if too_many is not None:
        findings.append(too_many)
        return None
    use = _use_for_counts(chain, dosing, usual, rules)
    if use is not None:
        return lay_out_from_count(told.told_on, told.units, use, fills)
    findings.append(
        Finding(
            "told-count-unusable",
            Severity.ERROR,
            f"The count of {say_number(told.units)} left of {chain.drug.label} is not used: "
            "how much is taken a day is not known.",
            chain.keys[-1],
            missing=dosing.missing,
            next_step="Ask how it is taken.",
        )
    )
    return None


def _too_many(chain: Chain, told: ToldCount, usual: JudgedFill | None, rules: Rules) -> Finding | None:
    """More than a few fills cannot be at home: the count is a typing error or in another unit than is dispensed."""
    fill = _usual_units(chain, usual)
    if fill is None or fill.value <= 0 or told.units <= rules.told_fills * fill.value:
        return None
    counted, most = (say_amount(Quantity(units, fill.unit)) for units in (told.units, rules.told_fills * fill.value))
    return Finding(
        "told-count-unusable",
        Severity.ERROR,
        f"The count of {say_number(told.units)} left of {chain.drug.label} is not used: {counted} would be more than "
        f"{rules.told_fills} fills of {say_amount(fill)}.",
        chain.keys[-1],
        next_step=f"Enter the count again in the unit that is dispensed, at most {most}.",
    )


def _usual_units(chain: Chain, usual: JudgedFill | None) -> Quantity | None:
    """How much one fill is: the last whole dispense, else the prescribed quantity."""
    units = chain.current.quantity if chain.current is not None else None
    if usual is not None and usual.units is not None:
        units = usual.units
    return as_handed_out(units, chain.drug) if units is not None else None


def _use_for_counts(chain: Chain, dosing: Dosing, usual: JudgedFill | None, rules: Rules) -> Fraction | None:
    """Units a day in the unit that is dispensed; the higher use where dosage and dispenses disagree, to be safe."""
    if usual is None or usual.units is None:
        return dosing.use.value if dosing.use is not None else None
    dispensed = usual.units.value / usual.days
    if dosing.use is None or not same_unit(usual.units, dosing.use, chain.drug.kind):
        return dispensed
    if agree(usual.units, usual.days, dosing.use, rules):
        return dosing.use.value
    return max(dispensed, dosing.use.value)


def say_difference(
    chain: Chain,
    told: ToldCount,
    usual: JudgedFill | None,
    computed: date | None,
    counted: date,
    findings: list[Finding],
) -> None:
    """Say what a count changes: fewer left than dispensed may be too soon for the payer, more left are missed doses."""
    if computed is None or computed == counted:
        return
    fewer = counted < computed
    fill = _usual_units(chain, usual)
    said = say_number(told.units) if fill is None else say_amount(Quantity(told.units, fill.unit))
    findings.append(
        Finding(
            "told-count-differs",
            Severity.WARNING if fewer else Severity.INFORMATION,
            f"By the count of {said} told on {told.told_on}, {chain.drug.label} ends on {counted}, "
            f"by its dispenses on {computed}; the count is used.",
            chain.keys[-1],
            next_step="The payer counts dispenses and may refuse an earlier fill: ask why less is left."
            if fewer
            else "Ask about missed doses.",
        )
    )
