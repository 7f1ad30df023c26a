"""The sections of an explanation, each the answer to one question that people ask about a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pickupday.plan import Fill, FillKind, Plan
from pickupday.planner.certificate import say_window
from pickupday.planner.necessity import from_first_date, with_usual_fills_only, without_overrides
from pickupday.planner.other_dates import ACROSS_CYCLES, MEASURES, first_difference, say_cycle
from pickupday.planner.other_plans import unusual_fills
from pickupday.planner.replay import gaps, planned_therapies
from pickupday.planner.saying import KINDS, Words, say_all, say_days
from pickupday.problem import Problem

Solve = Callable[[Problem], Plan | None]


@dataclass(frozen=True, slots=True)
class Section:
    """One question and its answer, sentence by sentence; without sentences there is nothing to say."""

    title: str
    sentences: tuple[str, ...]


def explain_first_date(problem: Problem, plan: Plan, next_best: str | None, solve: Solve, words: Words) -> Section:
    """Why this first date: the others fall out one measure after the other."""
    first = words.day(plan.first_pickup)
    told = [f"The first pickup is {first}, then {say_cycle(plan.cycle)}."]
    if problem.preferences.first_pickup is not None:
        told.append(_against_the_free_choice(problem, plan, solve, words))
    elif len(_objectives(plan)) == 1:
        told.append("It is the only first date that the calendar and the preparation lead leave.")
    else:
        told += _fall_out(problem, plan, words)
        if any("search budget" in note for note in plan.notes):
            told.append("Not every one was weighed to the end: see what is not proven.")
        if next_best is not None:
            told.append(f"The next best: {next_best}")
    if plan.pickups and plan.pickups[0] != plan.first_pickup:
        told.append(
            f"Nothing has to be filled on that day: the first pickup that is used is {words.day(plan.pickups[0])}."
        )
    if plan.synchronized_from is not None:
        told.append(f"From {words.day(plan.synchronized_from)} on every fill is on a pickup day.")
    elif plan.fills:
        told.append("The plan ends before every medicine has come onto the pickup days.")
    return Section(f"Why {first}", tuple(told))


def _objectives(plan: Plan) -> list[tuple[date, Mapping[str, int]]]:
    return [
        (one.first_pickup, {name: int(getattr(one.objective, name)) for name in MEASURES})
        for one in plan.alternatives
        if one.cycle == plan.cycle and one.objective is not None
    ]


def _fall_out(problem: Problem, plan: Plan, words: Words) -> Iterator[str]:
    """The candidates, and by each measure in its order of importance how many do not reach the best of those left."""
    left = _objectives(plan)
    yield f"{len(left)} open days from {words.day(left[0][0])} to {words.day(left[-1][0])} could be the first pickup."
    for name in problem.programme.objective:
        least = min(measures[name] for _, measures in left)
        kept = [one for one in left if one[1][name] == least]
        out = len(left) - len(kept)
        if out:
            more = f"more than {least} {_several(name, least)}" if least else MEASURES[name][1]
            yield f"{out} of these {len(left)} would have {more}."
        left = kept
    if len(left) > 1:
        yield f"{len(left)} are equal in everything; the earliest of them is taken."


def _several(name: str, number: int) -> str:
    one, many = MEASURES[name]
    return one if number == 1 else many


def _against_the_free_choice(problem: Problem, plan: Plan, solve: Solve, words: Words) -> str:
    free = solve(
        replace(
            problem,
            programme=replace(problem.programme, cycles=(plan.cycle,)),
            preferences=replace(problem.preferences, first_pickup=None),
        )
    )
    asked = f"{words.day(plan.first_pickup)} was asked for"
    if free is None:
        return f"{asked}; no other first date was weighed."
    found = first_difference(free.objective, plan.objective, problem.programme.objective)
    if found is None or found.worse < found.better:
        return f"{asked}, and no other first date would do better."
    start = words.day(free.first_pickup)
    return f"{asked}. Without that wish the plan would start on {start}; the wish costs {found.say()}."


def explain_cycles(problem: Problem, plan: Plan, words: Words) -> Section:
    """Why this cycle and not another one of the programme."""
    told = []
    for other in plan.cycles:
        if other.cycle == plan.cycle:
            continue
        cycle = say_cycle(other.cycle)
        cycle = cycle[0].upper() + cycle[1:]
        if other.objective is None or other.first_pickup is None:
            told.append(f"{cycle}: no plan. {words.dates(other.reason or '')}".rstrip())
            continue
        found = first_difference(plan.objective, other.objective, ACROSS_CYCLES)
        best = f"{cycle}, at best from {words.day(other.first_pickup)} on"
        if found is None:
            told.append(f"{best}: as good; the programme names {say_cycle(plan.cycle)} first.")
        else:
            told.append(f"{best}: {found.say()}.")
    return Section("Other cycles", tuple(told))


def explain_visits(plan: Plan, forced: Mapping[date, Mapping[str, int]], words: Words) -> Section:
    """Each visit with its fills by size; a bridge trip with each medicine that forces it and why."""
    told = []
    for day in sorted({fill.date for fill in plan.fills}):
        fills = [fill for fill in plan.fills if fill.date == day]
        bridge = day in plan.bridge_trips
        sizes: dict[str, list[str]] = {}
        for fill in sorted(fills, key=lambda one: (-one.days_supply, words.name(one.therapy))):
            sizes.setdefault(_size(fill), []).append(words.name(fill.therapy))
        listed = "; ".join(f"{size} of {say_all(names)}" for size, names in sizes.items())
        told.append(f"{words.day(day)}, {'bridge trip' if bridge else 'pickup'}: {listed}.")
        if bridge:
            told += _why_bridge(fills, forced.get(day, {}), words)
    return Section("The visits", tuple(told))


def _size(fill: Fill) -> str:
    return say_days(fill.days_supply) + ("" if fill.kind is FillKind.USUAL else f" ({KINDS[fill.kind]})")


def _why_bridge(fills: list[Fill], forced: Mapping[str, int], words: Words) -> Iterator[str]:
    """A sentence for each medicine that forces the trip, one for those that only share it."""
    for fill in fills:
        reason = words.dates(fill.reasons[0])
        if fill.therapy in forced:
            lost = say_days(forced[fill.therapy])
            yield f"{words.name(fill.therapy)} forces it: {lost} without supply on the other trips alone. {reason}"
        elif not forced:
            yield f"{words.name(fill.therapy)}: {reason}"
    riding = [words.name(fill.therapy) for fill in fills if forced and fill.therapy not in forced]
    if riding:
        yield f"{say_all(riding)} could do without it and {'is' if len(riding) == 1 else 'are'} filled on the same way."


def explain_gaps(problem: Problem, plan: Plan, words: Words) -> Section:
    """Each stretch of days without supply and why nothing avoids it."""
    reasons = {
        (fill.therapy, words.day(fill.date)): reason
        for fill in plan.fills
        for reason in fill.reasons
        if "without supply from" in reason
    }
    told = []
    for gap in gaps(problem, plan):
        after = gap.start + timedelta(days=gap.days)
        why = reasons.get((gap.therapy, words.day(after)))
        name = words.name(gap.therapy)
        if why is not None:
            told.append(f"{name}: {words.dates(why)}")
        else:
            told.append(
                f"{name}: {say_days(gap.days)} without supply from {words.day(gap.start)} to the end of the plan."
            )
    return Section("Days without supply", tuple(told))


def explain_sizes(problem: Problem, plan: Plan, solve: Solve, words: Words) -> Section:
    """Each short or unusual fill with its aim, and what the usual fills alone would cost."""
    told, unusual = list[str](), unusual_fills(plan)
    for name in sorted({fill.therapy for fill in unusual}):
        told += [
            f"{words.fill(fill)}, {KINDS[fill.kind]}: {words.dates(fill.reasons[-1])}"
            for fill in unusual
            if fill.therapy == name
        ]
        cost = _cost(problem, plan, with_usual_fills_only(problem, name), solve)
        if cost is not None:
            told.append(f"Were {words.name(name)} only filled in its usual size, the plan would have {cost}.")
    return Section("Short and unusual fills", tuple(told))


def explain_overrides(problem: Problem, plan: Plan, solve: Solve, words: Words) -> Section:
    """Each claim before its earliest date, and what the plan would be without the override."""
    told = []
    for name in sorted({fill.therapy for fill in plan.fills if fill.sync_override}):
        for fill in plan.fills:
            if fill.sync_override and fill.therapy == name:
                reason = next(reason for reason in fill.reasons if "override" in reason)
                told.append(f"{words.fill(fill)}: {words.dates(reason)}")
        cost = _cost(problem, plan, without_overrides(problem, name), solve)
        if cost is not None:
            told.append(f"Without an override for {words.name(name)} the plan would have {cost}.")
    return Section("Claims before their earliest date", tuple(told))


def _cost(problem: Problem, plan: Plan, changed: Problem, solve: Solve) -> str | None:
    """What the change of the problem costs at the same first date, by the most important measure that differs."""
    other = solve(from_first_date(changed, plan.first_pickup, plan.cycle))
    if other is None:
        return None
    found = first_difference(plan.objective, other.objective, problem.programme.objective)
    return None if found is None else found.say()


def explain_rides(plan: Plan, words: Words) -> Section:
    """The medicines that do not come onto the grid."""
    told = (f"{words.name(ride.therapy)}: {words.dates(ride.reason)}" for ride in plan.rides_along)
    return Section("Medicines that ride along", tuple(told))


def explain_renewals(problem: Problem, plan: Plan, words: Words) -> Section:
    """By when which prescription has to be renewed, and for which fill."""
    told = []
    for renewal in plan.renewals:
        fill = renewal.needed_by + timedelta(days=problem.programme.renewal_lead_days)
        by = f"by {words.day(renewal.needed_by)}" if renewal.needed_by > problem.today else "now"
        lack = "has expired by then" if renewal.reason == "expiry" else "does not authorize enough units for it"
        told.append(
            f"Ask for a new prescription of {words.name(renewal.therapy)} {by}: it is filled on {words.day(fill)}, "
            f"and the present one {lack}."
        )
    return Section("Prescriptions to renew", tuple(told))


def explain_calls(problem: Problem, plan: Plan, words: Words) -> Section:
    """When to call before which pickup."""
    lead = say_days(problem.programme.call_lead_days)
    told = []
    for call in plan.calls:
        if call.at_enrolment:
            told.append(
                f"The pickup on {words.day(call.pickup)} is less than {lead} away: "
                "it is confirmed now, and no call follows."
            )
        else:
            told.append(f"Call on {words.day(call.call)} about the pickup on {words.day(call.pickup)}.")
    return Section("Calls", tuple(told))


def explain_gain(plan: Plan) -> Section:
    """The same days under other policies."""

    def say(trips: int, days: int) -> str:
        return f"{trips} {_several('trips', trips)} and {days} {_several('gap_days', days)}"

    told = [
        f"This plan: {say(plan.objective.trips, plan.objective.gap_days)} in {plan.horizon_days} days.",
        f"Each medicine refilled by itself: {say(plan.unsynchronized.trips, plan.unsynchronized.gap_days)}.",
    ]
    names = {
        "latest_due": "All lined up with the medicine that is due last",
        "most_common": "All lined up with the most common due date",
    }
    for policy, found in plan.heuristics.items():
        told.append(f"{names.get(policy, policy)}: {say(found.trips, found.gap_days)}.")
    return Section("What it gains", tuple(told))


def explain_proof(problem: Problem, plan: Plan, words: Words) -> Section:
    """Why no plan has fewer trips, as far as windows show it, and how the rest is proven."""
    windows, bound, trips = plan.certificate.disjoint_windows, plan.certificate.bound, plan.objective.trips
    told = []
    if windows:
        several = len(windows) > 1
        told.append(
            f"In each of these {bound} windows a fill is forced, and no two overlap: at least {bound} trips."
            if several
            else "In this window a fill is forced: at least one trip."
        )
        told += [say_window(problem, plan, window, words) for window in windows]
    if bound == trips and windows:
        told.append(f"The plan has {trips} {_several('trips', trips)}: no plan has fewer.")
    elif plan.optimal:
        told.append(f"Bound {bound}, plan {trips}, optimal by complete search: the windows alone do not prove it.")
    else:
        told.append(f"Bound {bound}, plan {trips}: whether fewer trips do is not proven.")
    if plan.optimal and plan.fills:
        told.append("Everything else that the plan is measured by is optimal by complete search.")
    return Section("The proof", tuple(told))


def explain_limits(problem: Problem, plan: Plan, unanswered: int, words: Words) -> Section:
    """What was left out, not kept, or not proven."""
    told = [words.dates(note) for note in plan.notes]
    if not plan.optimal:
        told.insert(0, "The search budget ended before the proof: a better plan may exist.")
    if unanswered:
        told.append(f"The time ended before {unanswered} comparisons were worked out: those sentences are shorter.")
    excluded = sorted(problem.preferences.excluded)
    if excluded:
        told.append(f"Left out by choice: {words.medicines(excluded)}.")
    filled = {fill.therapy for fill in plan.fills}
    end = problem.today + timedelta(days=plan.horizon_days)
    told += [
        f"{words.name(one.id)} has supply until {words.day(one.run_out)}, past the end of the plan: no fill is planned."
        for one in planned_therapies(problem)
        if one.id not in filled and one.run_out >= end
    ]
    return Section("What is not proven or not planned", tuple(told))
