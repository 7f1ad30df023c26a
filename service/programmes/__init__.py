"""Pharmacy programmes: the rules under which one pharmacy synchronizes, as files that a pharmacist can read and change.

A programme file is TOML. Every key has the default of the shipped `chain-monthly` programme; an unknown key or an
impossible value is an error that names the file, the key and what is allowed.
"""

from service.programmes.programme import DEFAULT, PharmacyProgramme, load_programme

__all__ = ["DEFAULT", "PharmacyProgramme", "load_programme"]
