"""Why this patient would gain from synchronization: five criteria, each with the evidence that led to it."""
