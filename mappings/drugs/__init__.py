"""What is known of a drug, from its name or its structured ingredients: the `DrugFacts` port of the planner."""

from mappings.drugs.describe import Component, describe_components, describe_drug

__all__ = ["Component", "describe_components", "describe_drug"]
