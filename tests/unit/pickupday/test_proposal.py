"""A proposal: the review, the plan and the figures together, or the reason why there is no plan."""

import pytest

from pickupday.history import Patient, PrescriptionStatus
from pickupday.problem import EveryDays, Preferences, Programme
from pickupday.proposal import propose_plan
from pickupday.rules import Rules

PROGRAMME = Programme(cycles=(EveryDays(28), EveryDays(30)))


def propose(make, history, preferences=None, **more):
    return propose_plan(history, PROGRAMME, preferences or Preferences(), make.today, **more)


def two_medicines(make):
    other = make.prescription("MedicationRequest/2", drug=make.drug("lisinopril", "20 mg"))
    dispenses = [make.dispense(day) for day in (-85, -55, -25)]
    dispenses += [
        make.dispense(day, key=f"o{day}", prescription="MedicationRequest/2", drug=other.drug)
        for day in (-70, -40, -10)
    ]
    return make.history([make.prescription(), other], dispenses)


def test_two_medicines_are_brought_to_common_pickups(make):
    proposal = propose(make, two_medicines(make))
    assert proposal.reason is None
    assert {fill.therapy for fill in proposal.plan.fills} == {one.id for one in proposal.review.therapies}
    assert proposal.plan.objective.gap_days == 0
    assert proposal.plan.objective.trips < proposal.plan.unsynchronized.trips
    assert all(fill.reasons for fill in proposal.plan.fills)
    figures = proposal.figures
    assert (figures.observed.visits, figures.observed.fills) == (6, 6)
    assert (figures.planned.visits, figures.planned.calls) == (proposal.plan.objective.trips, len(proposal.plan.calls))
    assert figures.unsynchronized.visits == proposal.plan.unsynchronized.trips


def test_the_problem_holds_every_therapy_and_the_rules_horizon(make):
    proposal = propose(make, two_medicines(make), rules=Rules(horizon_days=90))
    assert proposal.problem.horizon_days == 90
    assert proposal.problem.today == make.today
    assert proposal.problem.therapies == tuple(one.problem for one in proposal.review.therapies)


def test_one_medicine_alone_is_planned_too(make):
    history = make.history([make.prescription()], [make.dispense(day) for day in (-55, -25)])
    proposal = propose(make, history)
    assert len({fill.therapy for fill in proposal.plan.fills}) == 1


def test_a_yes_brings_a_medicine_into_the_plan(make):
    history = make.history([make.prescription()], [make.dispense(day) for day in (-400, -370)])
    assert propose(make, history).plan is None
    assert propose(make, history, confirmed=["MedicationRequest/1"]).plan is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"patient": Patient("Patient/1", do_not_plan="the patient died")}, "No plan is made for this patient: the"),
        ({"prescriptions": (), "dispenses": ()}, "holds no prescription and no dispense"),
        ({"dispenses": ()}, "none of the medicines can be planned"),
    ],
)
def test_without_anything_to_plan_the_reason_is_said(make, changes, reason):
    ordinary = {"prescriptions": [make.prescription()], "dispenses": [make.dispense(-55), make.dispense(-25)]}
    proposal = propose(make, make.history(**{**ordinary, **changes}))
    assert (proposal.problem, proposal.plan, proposal.figures.planned) == (None, None, None)
    assert reason in proposal.reason


def test_leaving_every_medicine_out_leaves_no_plan(make):
    history = two_medicines(make)
    ids = [one.id for one in propose(make, history).review.therapies]
    assert "left out by choice" in propose(make, history, Preferences(excluded=frozenset(ids))).reason
    assert propose(make, history, Preferences(excluded=frozenset(ids[:1]))).plan is not None


def test_a_stopped_prescription_is_never_planned(make):
    stopped = make.prescription(status=PrescriptionStatus.STOPPED)
    assert propose(make, make.history([stopped], [make.dispense(-5)])).plan is None
