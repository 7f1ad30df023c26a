"""From the plan to FHIR R4: one enrolment as one transaction Bundle. Pure."""
