"""From what was prescribed and dispensed to ongoing therapies: what is planned, what is not, and why."""
