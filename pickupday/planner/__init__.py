"""From ongoing therapies to the best plan, with its proof and its reasons. `best_plan.solve` is the entry."""
