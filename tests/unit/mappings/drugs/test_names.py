from fractions import Fraction

import pytest

from mappings.drugs import describe_drug
from mappings.drugs.names import read_name, written_by_rxnorm
from pickupday.drugs import AskFirst, DrugFacts, Kind

SOLID, LIQUID, INHALER = Kind.SOLID_ORAL, Kind.LIQUID, Kind.INHALER


def drug(name: str, *, from_rxnorm: bool = True) -> DrugFacts:
    return describe_drug(name, ((name, from_rxnorm),))


@pytest.mark.parametrize(
    ("name", "ingredient", "strength", "form", "kind"),
    [
        ("Metformin hydrochloride 500 MG Oral Tablet", "metformin", "500 mg", "oral tablet", SOLID),
        (
            "Lisinopril 10 MG / Hydrochlorothiazide 12.5 MG Oral Tablet",
            "hydrochlorothiazide / lisinopril",
            "12.5 mg / 10 mg",
            "oral tablet",
            SOLID,
        ),
        (
            "24 HR venlafaxine 75 MG Extended Release Capsule [Effexor]",
            "venlafaxine",
            "75 mg",
            "24 hr extended release oral capsule",
            SOLID,
        ),
        ("Amoxicillin 80 MG/ML Oral Suspension", "amoxicillin", "80 mg/ml", "oral suspension", LIQUID),
        (
            "Estrogens, Conjugated (USP) 0.625 MG Oral Tablet [Premarin]",
            "estrogens, conjugated",
            "0.625 mg",
            "oral tablet",
            SOLID,
        ),
        (
            "insulin glargine 100 UNT/ML Injectable Solution [Lantus]",
            "insulin glargine",
            "100 unt/ml",
            "injectable solution",
            Kind.INSULIN,
        ),
        ("pantoprazole 40 MG Enteric Coated Tablet", "pantoprazole", "40 mg", "delayed release oral tablet", SOLID),
        (
            "pantoprazole 40 MG Delayed Release Oral Tablet",
            "pantoprazole",
            "40 mg",
            "delayed release oral tablet",
            SOLID,
        ),
        ("bimatoprost 0.3 MG/ML Ophthalmic Solution", "bimatoprost", "0.3 mg/ml", "ophthalmic solution", Kind.DROPS),
        ("Nicotine 0.583 MG/HR Transdermal System", "nicotine", "0.583 mg/hr", "transdermal system", Kind.PATCH),
        ("Triamcinolone 1 MG/ML Topical Cream", "triamcinolone", "1 mg/ml", "topical cream", Kind.TOPICAL),
        ("Hydrocortisone 25 MG/ML Rectal Cream", "hydrocortisone", "25 mg/ml", "rectal cream", Kind.TOPICAL),
        (
            "potassium citrate 10 MEQ Extended Release Tablet",
            "potassium citrate",
            "10 meq",
            "extended release oral tablet",
            SOLID,
        ),
        ("Acetaminophen 325 MG [Tylenol]", "acetaminophen", "325 mg", None, Kind.UNKNOWN),
        (
            "30 Days Nicotine 0.583 MG/HR Transdermal System",
            "nicotine",
            "0.583 mg/hr",
            "transdermal system",
            Kind.PATCH,
        ),
        ("1.5 ML dulaglutide 3 MG/ML Auto-Injector", "dulaglutide", "3 mg/ml", "pen injector", Kind.INJECTION),
    ],
)
def test_rxnorm_names(name: str, ingredient: str, strength: str, form: str | None, kind: Kind) -> None:
    read = drug(name)
    assert (read.ingredient, read.strength, read.form, read.kind) == (ingredient, strength, form, kind)
    assert read.source == "drug name and table of facts"


@pytest.mark.parametrize(
    ("name", "ingredient", "strength", "form"),
    [
        ("metFORMIN (GLUCOPHAGE) 500 mg tablet", "metformin", "500 mg", "oral tablet"),
        ("lisinopril 10 mg tablet", "lisinopril", "10 mg", "oral tablet"),
        ("Allopurinol Tablet 300mg", "allopurinol", "300 mg", "oral tablet"),
        ("Metformin XR Tablet 1000mg", "metformin", "1000 mg", "extended release oral tablet"),
        ("metformin 500 mg tablet,extended release 24 hr", "metformin", "500 mg", "24 hr extended release oral tablet"),
        ("Omeprazole Delayed Release Tablet 20mg", "omeprazole", "20 mg", "delayed release oral tablet"),
        ("levothyroxine 88 mcg tablet", "levothyroxine", "0.088 mg", "oral tablet"),
        ("Ergocalciferol Capsule 50,000 iu", "ergocalciferol", "50000 unt", "oral capsule"),
        ("amoxicillin 250 mg/5 mL suspension", "amoxicillin", "50 mg/ml", "oral suspension"),
        ("Nystatin 100,000 units/ml oral suspension (product)", "nystatin", "100000 unt/ml", "oral suspension"),
        (
            "lisinopril-hydrochlorothiazide 10-12.5 mg tablet",
            "hydrochlorothiazide / lisinopril",
            "12.5 mg / 10 mg",
            "oral tablet",
        ),
        ("oxyCODONE-acetaminophen 5-325 mg per tablet", "acetaminophen / oxycodone", "325 mg / 5 mg", "oral tablet"),
        ("Myleran 2mg tablet, film coated", "busulfan", "2 mg", "oral tablet"),
        ("Synthroid Tablet 25mcg", "levothyroxine", "0.025 mg", "oral tablet"),
        ("Toprol-XL 50 mg", "metoprolol", "50 mg", "24 hr extended release"),
        ("Kombiglyze XR Tablet 5/500mg", "metformin / saxagliptin", "500 mg / 5 mg", "extended release oral tablet"),
        ("Advair 100/50", "fluticasone propionate / salmeterol", "100/50", "inhaler"),
        ("Percocet", "acetaminophen / oxycodone", None, None),
        ("Percocet 5 mg tablet", "acetaminophen / oxycodone", "5 mg", "oral tablet"),
        ("Singulair Pill", "montelukast", None, "pill"),
        ("Prednisone Oral Tablet", "prednisone", None, "oral tablet"),
        ("amoxicillin 100 mg/3 mL suspension", "amoxicillin", "100 mg/3 ml", "oral suspension"),
        ("Bydureon 2mg per 0.65 ml prefilled pen", "exenatide", "2 mg/0.65 ml", "pen injector"),
        ("Xanax 1 MG Oral Tablet", "alprazolam", "1 mg", "oral tablet"),
        ("12 HR Wellbutrin 150 MG tablet", "bupropion", "150 mg", "12 hr extended release oral tablet"),
    ],
)
def test_simple_display_names(name: str, ingredient: str, strength: str | None, form: str | None) -> None:
    read = drug(name, from_rxnorm=False)
    assert (read.ingredient, read.strength, read.form) == (ingredient, strength, form)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "[",
        "{} Pack",
        "Tylenol PM",
        "Tylenol with codeine",
        "Wonder pill",
        "lisinopril 10 mg tablet 90 count",
        "lisinopril 10 mg 20 mg tablet",
        "lisinopril-hydrochlorothiazide 10-12.5-25 mg tablet",
        "lisinopril 0 mg tablet",
        "Metformin 500 ML Oral Tablet",
        "Metformin 500 MG Oral Tablet / Sitagliptin 50 MG",
        "Metformin / Sitagliptin 50 MG Oral Tablet",
        "Acetaminophen 325 MG Wonderful Tablet",
        "0 MG Oral Tablet",
        "{4 (Wonder pill) } Pack",
        "{x (Risedronate 35 MG Oral Tablet) } Pack",
        "{4 (Risedronate 35 MG Oral Tablet) / oops } Pack",
        "{oops 4 (Risedronate 35 MG Oral Tablet) } Pack",
        "{7 (Inert Ingredients 1 MG Oral Tablet) } Pack",
        "a" * 500,
    ],
)
def test_what_the_grammar_does_not_understand_is_only_a_label(name: str) -> None:
    read = drug(name)
    assert (read.ingredient, read.strength, read.form, read.package) == (None, None, None, None)
    assert (read.schedule.value, read.kind.value, read.source) == ("unknown", "unknown", "unknown")
    assert read.label


def test_brand_and_generic_of_one_drug_are_one_drug() -> None:
    names = [
        "Thyroxine 0.088 MG Oral Tablet [Synthroid]",
        "Thyroxine 0.088 MG Oral Tablet",
        "levothyroxine sodium 88 mcg tablet",
        "Synthroid 88 mcg tablet",
    ]
    assert len({(read.ingredient, read.strength, read.form) for read in map(drug, names)}) == 1


def test_releases_of_one_strength_are_different_drugs() -> None:
    names = ["buPROPion XL 150 mg tablet", "buPROPion SR 150 mg tablet", "buPROPion 150 mg tablet"]
    assert len({drug(name).form for name in names}) == 3


def test_metoprolol_succinate_is_the_extended_release_whatever_the_name_says() -> None:
    forms = {
        drug(name).form
        for name in (
            "metoprolol succinate 25 mg tablet",
            "metoprolol succinate ER 25 mg 24 hr tablet",
            "24 HR metoprolol succinate 25 MG Extended Release Oral Tablet [Toprol]",
        )
    }
    assert forms == {"24 hr extended release oral tablet"}
    assert drug("metoprolol tartrate 25 mg tablet").form == "oral tablet"
    assert drug("metoprolol succinate 25 MG [Toprol]").form == "24 hr extended release"


@pytest.mark.parametrize(
    ("name", "package", "kind"),
    [
        ("Metformin 500 MG Oral Tablet", 1, SOLID),
        ("200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler [ProAir HFA]", 200, INHALER),
        ("Ventolin HFA (200 actuations)", 200, INHALER),
        ("ProAir HFA", None, INHALER),
        ("{4 (Risedronate 35 MG Oral Tablet [Actonel]) } Pack [Actonel 35]", 4, Kind.PACK),
        (
            "{21 (Ethinyl Estradiol 0.03 MG / Levonorgestrel 0.15 MG Oral Tablet) / 7 (Inert 1 MG Oral Tablet) } Pack",
            28,
            Kind.PACK,
        ),
        (
            "{14 (Ethinyl Estradiol 0.03 MG Oral Tablet) / 14 (Levonorgestrel 0.15 MG Oral Tablet) } Pack",
            28,
            Kind.PACK,
        ),
        ("Apri 28 Day Pack", 28, Kind.PACK),
        ("Chantix First Month of Therapy Pack", None, Kind.PACK),
        ("Norethindrone 0.35 MG Oral Tablet", None, Kind.PACK),
        ("Nitroglycerin 0.4 MG Sublingual Tablet", None, SOLID),
        ("Amoxicillin 80 MG/ML Oral Suspension", None, LIQUID),
        ("3 ML insulin glargine 100 UNT/ML Pen Injector [Lantus]", 3, Kind.INSULIN),
        ("Levemir Flexpen", None, Kind.INSULIN),
    ],
)
def test_what_cannot_be_split(name: str, package: int | None, kind: Kind) -> None:
    read = drug(name)
    assert (read.package, read.kind) == (Fraction(package) if package else None, kind)


def test_a_pack_of_several_has_all_ingredients() -> None:
    read = drug("{14 (Ethinyl Estradiol 0.03 MG Oral Tablet) / 14 (Levonorgestrel 0.15 MG Oral Tablet) } Pack")
    assert (read.ingredient, read.strength, read.form) == ("ethinyl estradiol / levonorgestrel", None, "pack")


def test_courses_are_marked_unless_they_are_for_the_skin() -> None:
    assert drug("Cephalexin 500 MG Oral Capsule").antibiotic
    assert drug("oseltamivir 75 MG Oral Capsule").antibiotic
    assert not drug("valacyclovir 500 MG Oral Tablet").antibiotic
    assert not drug("Benzoyl Peroxide 0.05 MG/MG / Clindamycin 0.01 MG/MG Topical Gel").antibiotic


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Warfarin 5 MG Oral Tablet [Coumadin]", AskFirst.WARFARIN),
        ("isotretinoin 40 MG Oral Capsule", AskFirst.REMS),
        ("phentermine 15 MG / topiramate 92 MG Extended Release Oral Capsule", AskFirst.REMS),
        ("lithium carbonate 300 MG Oral Capsule", AskFirst.LABORATORY),
        ("clozapine 100 MG Oral Tablet", AskFirst.LABORATORY),
        ("methotrexate sodium 2.5 MG Oral Tablet", AskFirst.WEEKLY_METHOTREXATE),
        ("capecitabine 500 MG Oral Tablet", AskFirst.ORAL_CHEMOTHERAPY),
        ("Lisinopril 10 MG Oral Tablet", None),
    ],
)
def test_who_is_asked_first(name: str, reason: AskFirst | None) -> None:
    assert drug(name).ask_first == reason


def test_restart_after_a_gap_can_harm() -> None:
    for name in ("lamotrigine 25 MG Oral Tablet", "Clonidine HCl Tablet 0.1 mg", "Atenolol 50 MG Oral Tablet"):
        assert drug(name).restart_harm, name
    assert not drug("timolol 5 MG/ML Ophthalmic Solution").restart_harm
    assert not drug("Lisinopril 10 MG Oral Tablet").restart_harm


def test_the_first_name_that_can_be_read_counts_and_the_label_is_safe_to_print() -> None:
    read = describe_drug("Water\x1b pill ", (("water pill", True), ("Furosemide 20 MG Oral Tablet", True)))
    assert (read.label, read.ingredient) == ("Water pill", "furosemide")
    assert describe_drug("\x1b", ()).is_nameless


def test_how_rxnorm_writes() -> None:
    assert written_by_rxnorm("Metformin 500 MG Oral Tablet")
    assert written_by_rxnorm("Albuterol 0.09 MG/ACTUAT [Proventil]")
    assert not written_by_rxnorm("Wonder 500mg tablet")
    assert not written_by_rxnorm("Wonder 500 mg tablet")
    assert read_name("Wonder 500 mg tablet") is not None
