"""The exact search: fill sizes, supply states, trip dates. Entered through `pickupday.planner.best_plan.solve`."""
