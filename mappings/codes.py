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
