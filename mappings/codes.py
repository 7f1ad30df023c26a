"""Code systems that are read, each with what it is for; those that are written stand in `mappings.outbound.codes`."""

from __future__ import annotations

from typing import Final

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"  # drug names in the grammar of mappings.drugs.names
UCUM: Final = "http://unitsofmeasure.org"  # quantities
GTS_ABBREVIATION: Final = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"  # timing.code: BID, QAM, ...
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"  # Encounter.class IMP; dispense type FF, RF
ORDERABLE_DRUG_FORM: Final = "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm"  # quantity unit TAB, CAP
NCI_THESAURUS: Final = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"  # quantity unit C48542 = tablet
SNOMED_CT: Final = "http://snomed.info/sct"
DOSE_RATE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/dose-rate-type"  # ordered, calculated

INPATIENT_CLASSES: Final = frozenset({"IMP", "ACUTE", "NONAC"})  # Encounter.class: days in a hospital bed

LOINC: Final = "http://loinc.org"
ICD_10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
CONDITION_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ACTIVE_CONDITION: Final = frozenset({"active", "recurrence", "relapse"})  # Condition.clinicalStatus

TRANSPORT_CONDITIONS: Final = {
    SNOMED_CT: frozenset({"713458007", "551731000124103"}),  # no access to transportation; no care for want of it
    ICD_10_CM: frozenset({"Z59.82", "Z75.3"}),  # transportation insecurity; care cannot be reached
}
TRANSPORT_QUESTION: Final = "93030-5"  # LOINC: has lack of transportation kept you from ...?
TRANSPORT_ANSWERS_YES: Final = frozenset({"LA30133-5", "LA30134-3"})  # from medical appointments; from other things
TRANSPORT_ANSWERS_NO: Final = frozenset({"LA32-8"})
