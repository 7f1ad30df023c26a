"""What is written of a proposal: pickups in order, the prescription behind each fill, hints, calls, the pharmacy."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from mappings.outbound.from_proposal import call_before, pharmacy_of, planned_pickups
from mappings.outbound.pharmacy import UNKNOWN_PHARMACY, Pharmacy
from mappings.outbound.wording import call_script, pharmacy_comment, pharmacy_line
from pickupday.drugs import DrugFacts
from pickupday.figures import measure
from pickupday.findings import Finding, Severity
from pickupday.history import (
    Dispense,
    DispenseStatus,
    MedicationHistory,
    Patient,
    Prescription,
    PrescriptionStatus,
    Quantity,
)
from pickupday.plan import Call, Certificate, Comparison, Fill, FillKind, Objective, Plan, Renewal
from pickupday.problem import EveryDays, Preferences, Problem, Programme, Vacation
from pickupday.problem import Therapy as Searched
from pickupday.proposal import Proposal
from pickupday.review.ledger import UnitLedger
from pickupday.review.supply import JudgedFill
from pickupday.review.therapies import HOSPITAL_STAY, OngoingTherapy, Review
from pickupday.rules import Rules

TODAY = date(2026, 11, 23)  # a Monday
FIRST = date(2026, 12, 8)
SECOND = FIRST + timedelta(days=28)
TABLET = "{tablet}"


def prescription(key):
    return Prescription(key, PrescriptionStatus.ACTIVE, "order", DrugFacts(label="Metformin  500 MG"))


def ledger(key, remaining, expires=None, overdrawn=False):
    units = None if remaining is None else Fraction(remaining)
    return UnitLedger(key, None, None, units, overdrawn, expires, None)


def dispense(location=None):
    drug = DrugFacts(label="Metformin 500 MG")
    return Dispense("MedicationDispense/1", DispenseStatus.COMPLETED, drug, location=location)


def therapy(id_="metformin", prescriptions=("MedicationRequest/1",), ledgers=(), pharmacy=None, location=None):
    searched = Searched(id_, TODAY, TODAY, 30, 30, Fraction(2), Fraction(1), True)
    judged = JudgedFill(dispense(location), TODAY, 30, "daysSupply", None, TODAY, TODAY, None)
    return OngoingTherapy(
        id=id_,
        drug=DrugFacts(label="Metformin  500 MG"),
        prescriptions=tuple(map(prescription, prescriptions)),
        fills=(judged,),
        daily_use=Quantity(Fraction(2), TABLET),
        usual_days=30,
        run_out=TODAY,
        run_out_source="computed",
        earliest=TODAY,
        ledgers=ledgers,
        reasons=(),
        pharmacy=pharmacy,
        problem=searched,
    )


def fill(on, days=30, therapy="metformin", override=False):
    kind = {30: FillKind.USUAL, 28: FillKind.CYCLE}.get(days, FillKind.SHORT)
    return Fill(therapy, on, Fraction(2 * days), days, kind, override, ("because",))


def proposal(fills, therapies, *, bridges=(), calls=(), renewals=(), places=None, programme=None):
    plan = Plan(
        optimal=True,
        cycle=EveryDays(28),
        horizon_days=168,
        first_pickup=FIRST,
        synchronized_from=FIRST,
        objective=Objective(0, 0, 0, 0, 0, 0, 0, 0),
        pickups=(FIRST,),
        bridge_trips=bridges,
        certificate=Certificate((), 1),
        fills=fills,
        rides_along=(),
        renewals=renewals,
        calls=calls,
        alternatives=(),
        cycles=(),
        unsynchronized=Comparison(0, 0),
        heuristics={},
    )
    problem = Problem(TODAY, 180, programme or Programme((EveryDays(28),)), Preferences(), ())
    history = MedicationHistory(Patient("Patient/1"), places=places or {})
    return Proposal(history, Review(therapies, (), ()), problem, plan, measure((), (), None, TODAY), None)


def test_without_a_plan_there_is_nothing_to_write():
    nothing = replace(proposal((), ()), plan=None)
    assert planned_pickups(nothing) == ()
    assert pharmacy_of(nothing) == UNKNOWN_PHARMACY


def test_visits_are_numbered_by_date_and_bridge_trips_are_visits():
    fills = (fill(SECOND), fill(FIRST), fill(TODAY, days=7))
    visits = planned_pickups(proposal(fills, (therapy(),), bridges=(TODAY,)))
    assert [(visit.ordinal, visit.on, visit.bridge) for visit in visits] == [
        (1, TODAY, True),
        (2, FIRST, False),
        (3, SECOND, False),
    ]


def test_medicines_of_one_visit_stand_in_alphabetical_order_with_clean_names():
    other = replace(therapy("lisinopril", ("MedicationRequest/2",)), drug=DrugFacts(label="Lisinopril\n10 MG\x00"))
    (visit,) = planned_pickups(proposal((fill(FIRST), fill(FIRST, therapy="lisinopril")), (therapy(), other)))
    assert [planned.label for planned in visit.fills] == ["Lisinopril 10 MG", "Metformin 500 MG"]
    assert visit.prescriptions == ("MedicationRequest/2", "MedicationRequest/1")
    assert (visit.fills[1].units, visit.fills[1].unit, visit.fills[1].days) == (60, TABLET, 30)


def test_a_short_fill_and_the_full_one_after_it_are_marked_once():
    fills = (fill(TODAY, days=7), fill(FIRST), fill(SECOND))
    visits = planned_pickups(proposal(fills, (therapy(),), bridges=(TODAY,)))
    marks = [(visit.fills[0].short, visit.fills[0].after_short) for visit in visits]
    assert marks == [(True, False), (False, True), (False, False)]
    assert [visit.fills[0].previous_days for visit in visits] == [30, 7, 30]


def test_the_claim_hints_are_the_programmes():
    made = proposal((fill(TODAY, days=7), fill(FIRST)), (therapy(),), bridges=(TODAY,))
    visits = planned_pickups(replace(made, rules=Rules(claim_codes=(61, 48))))
    assert "claim hint NCPDP SCC 61 (" in pharmacy_line(visits[0].fills[0])
    assert "claim hint NCPDP SCC 48 (" in pharmacy_line(visits[1].fills[0])
    assert "claim hint NCPDP SCC 47 (" in pharmacy_line(planned_pickups(made)[0].fills[0])


def test_a_fill_of_a_whole_cycle_is_no_short_fill():
    visits = planned_pickups(proposal((fill(FIRST, days=28), fill(SECOND, days=28)), (therapy(),)))
    assert [(visit.fills[0].short, visit.fills[0].previous_days) for visit in visits] == [(False, 30), (False, 28)]


def test_a_fill_by_override_is_marked_early():
    (visit,) = planned_pickups(proposal((fill(FIRST, override=True),), (therapy(),)))
    assert visit.fills[0].early


def drawn(ledgers, prescriptions=("MedicationRequest/old", "MedicationRequest/new"), fills=None):
    fills = fills or (fill(FIRST), fill(SECOND))
    visits = planned_pickups(proposal(fills, (therapy(prescriptions=prescriptions, ledgers=ledgers),)))
    return [visit.prescriptions for visit in visits]


def test_prescriptions_are_used_oldest_expiry_first_until_their_units_are_gone():
    ledgers = (
        ledger("MedicationRequest/new", 120, date(2027, 6, 1)),
        ledger("MedicationRequest/old", 60, date(2027, 3, 1)),
    )
    assert drawn(ledgers) == [("MedicationRequest/old",), ("MedicationRequest/new",)]


def test_an_expired_prescription_is_not_drawn_on():
    ledgers = (ledger("MedicationRequest/old", 120, TODAY), ledger("MedicationRequest/new", 120))
    assert drawn(ledgers) == [("MedicationRequest/new",), ("MedicationRequest/new",)]


def test_the_current_prescription_stands_in_where_no_ledger_covers_the_fill():
    ledgers = (ledger("MedicationRequest/old", None, overdrawn=True), ledger("MedicationRequest/new", 10))
    assert drawn(ledgers) == [("MedicationRequest/new",), ("MedicationRequest/new",)]
    assert drawn((), prescriptions=()) == [(), ()]


def test_a_renewal_is_marked_on_the_pickup_that_needs_it():
    renewal = Renewal("metformin", SECOND - timedelta(days=14), "units")
    visits = planned_pickups(proposal((fill(FIRST), fill(SECOND)), (therapy(),), renewals=(renewal,)))
    assert [visit.fills[0].renew_by for visit in visits] == [None, renewal.needed_by]


def test_a_renewal_that_is_late_already_is_marked_on_the_next_pickup():
    renewal = Renewal("metformin", TODAY, "expiry")
    other = Renewal("another", TODAY, "expiry")
    (visit,) = planned_pickups(
        proposal((fill(TODAY + timedelta(days=1)),), (therapy(),), renewals=(other, renewal), bridges=(TODAY,))
    )
    assert visit.fills[0].renew_by == TODAY


def test_the_plans_own_calls_are_taken_over():
    called = Call(FIRST, date(2026, 11, 30), at_enrolment=False)
    (visit,) = planned_pickups(proposal((fill(FIRST),), (therapy(),), calls=(called,)))
    assert (visit.call, visit.at_enrolment) == (date(2026, 11, 30), False)


def problem(**programme):
    return Problem(TODAY, 180, Programme((EveryDays(28),), **programme), Preferences(), ())


def test_the_call_is_a_week_ahead_or_on_the_open_day_before():
    assert call_before(FIRST, problem()) == Call(FIRST, date(2026, 12, 1), at_enrolment=False)
    closed = problem(closed_dates=frozenset({date(2026, 12, 1)}), open_weekdays=frozenset({1, 2, 3, 4}))
    assert call_before(FIRST, closed).call == date(2026, 11, 27)


def test_inside_the_call_lead_the_enrolment_conversation_is_the_call():
    for days in (0, 1, 6):
        assert call_before(TODAY + timedelta(days=days), problem()) == Call(
            TODAY + timedelta(days=days), TODAY, at_enrolment=True
        )
    assert call_before(TODAY + timedelta(days=7), problem()) == Call(
        TODAY + timedelta(days=7), TODAY, at_enrolment=False
    )


def test_with_no_open_day_left_before_it_the_call_is_today():
    away = replace(problem(), preferences=Preferences(vacations=(Vacation(TODAY, FIRST),)))
    assert call_before(FIRST, away) == Call(FIRST, TODAY, at_enrolment=False)


def test_the_pharmacy_of_the_planned_medicines_is_named_and_others_do_not_count():
    places = {"Organization/1": "Corner"}
    planned = therapy(pharmacy="Organization/1", location="Location/1")
    elsewhere = therapy("other", pharmacy="Organization/2")
    assert pharmacy_of(proposal((fill(FIRST),), (planned, elsewhere), places=places)) == Pharmacy(
        "Corner", "Organization/1", "Location/1"
    )


def test_after_a_hospital_stay_no_visit_is_confirmed_and_the_first_one_asks_what_changed():
    fills = (fill(TODAY + timedelta(days=2)), fill(FIRST))
    stay = Finding(HOSPITAL_STAY, Severity.WARNING, "A hospital stay ended on 2026-11-15.")
    ordinary = proposal(fills, (therapy(),))
    asked = replace(ordinary, review=replace(ordinary.review, findings=(stay,)))
    assert [one.at_enrolment for one in planned_pickups(ordinary)] == [True, False]
    first, second = planned_pickups(asked)
    assert (first.at_enrolment, second.at_enrolment) == (False, False)
    assert first.open_questions == ("A hospital stay ended on 2026-11-15.",)
    assert second.open_questions == ()
    assert "What changed is not answered yet: ask before any fill." in pharmacy_comment(first)
    assert "- A hospital stay ended on 2026-11-15. What changed at discharge?" in call_script(first, UNKNOWN_PHARMACY)
