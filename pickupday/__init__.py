"""Medication synchronization, planned: one pickup day for every long-term medicine of a patient.

The package is pure: standard library only, no FHIR, no HTTP, no clock, no files. All dates are whole days in the
pharmacy's local calendar; all amounts are exact fractions.
"""

__version__ = "0.1.0"
