"""Pharmacy programmes: the rules under which one pharmacy synchronizes, as files that a pharmacist can read and change.

A programme file is TOML. A key that is left out has its default; an unknown key or an impossible value is an error that
names the file, the key and what is allowed. The law of a state (a rule pack) and the payer's terms are merged into it,
and every rule in force can be shown with its source.
"""

from service.programmes.programme import DEFAULT, CallRules, PharmacyProgramme, load_programme, shipped_programmes
from service.programmes.shown import RuleInForce, Source

__all__ = [
    "DEFAULT",
    "CallRules",
    "PharmacyProgramme",
    "RuleInForce",
    "Source",
    "load_programme",
    "shipped_programmes",
]
