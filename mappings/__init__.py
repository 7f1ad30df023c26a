"""FHIR to planning core and back: pure functions, no HTTP, no clock."""
