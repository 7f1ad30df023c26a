"""Dose forms as charts write them ("24 HR Extended Release Oral Tablet", "XR Tablet", "tablet,extended release")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from mappings.drugs.facts import Form, facts
from pickupday.drugs import Kind

_HOURS: Final = re.compile(r"\b(\d{1,3}) ?(?:hr|hours?)\b")
_RELEASES: Final = (
    (re.compile(r"\bxl\b"), "24 hr extended release"),
    (re.compile(r"\bsr\b"), "12 hr extended release"),
    (re.compile(r"\b(?:extended release|sustained release|er|xr|la|cr|cd)\b"), "extended release"),
    (re.compile(r"\b(?:delayed release|enteric coated|dr|ec)\b"), "delayed release"),
)
_SILENT: Final = re.compile(r"\b(?:film coated|coated|product)\b")
_FORM_WORDS: Final = re.compile(
    r"\b(?:tablets?|tabs?|capsules?|caps?|caplets?|oral|pill|xr|xl|sr|er|dr|ec|solution|suspension|cream|inhaler|"
    r"ointment|injection|release|coated|pack)\b"
)


@lru_cache(maxsize=2_048)
def read_form(text: str, hours: int | None = None, release: str | None = None) -> Form | None:
    """The form that the words mean, None unless all of them are understood.

    The hours of an extended release stay in the form: 12-hour and 24-hour bupropion of one strength are two drugs.
    """
    words = " ".join(re.sub(r"[,()/-]", " ", text.lower()).split())
    found = _HOURS.search(words)
    if found:
        hours = hours or int(found[1])
        words = _HOURS.sub("", words)
    for pattern, meaning in _RELEASES:
        if pattern.search(words):
            release = release or meaning
            words = pattern.sub("", words)
    words = " ".join(_SILENT.sub("", words).split())
    form = facts().forms.get(words) or facts().forms.get(words.removeprefix("oral "))
    if form is None:
        # the release alone ("Toprol XL 50 mg") is worth keeping: it tells two drugs apart
        return Form(_timed(release, hours), Kind.UNKNOWN, None) if release and not words else None
    if hours and release is None and form.kind is Kind.SOLID_ORAL:
        release = "extended release"
    return replace(form, name=f"{_timed(release, hours)} {form.name}") if release else form


def _timed(release: str, hours: int | None) -> str:
    return f"{hours} hr {release}" if hours and release == "extended release" else release


def speaks_of_form(text: str) -> bool:
    """Whether a word of the text belongs to a form, so that the text cannot be an ingredient's name."""
    return bool(_FORM_WORDS.search(text.lower()))
