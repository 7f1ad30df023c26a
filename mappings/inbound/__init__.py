"""FHIR to core: a chart as bytes in, a `MedicationHistory` and a list of issues out. No HTTP, no clock."""

from mappings.inbound.chart import Chart, read_bundle, read_resources

__all__ = ["Chart", "read_bundle", "read_resources"]
