"""Text that is safe to write: FHIR strings without control characters, narrative as escaped XHTML (Narrative.div)."""

from __future__ import annotations

import re
from html import escape

# XML 1.0 allows no C0 controls but tab, LF and CR, no surrogates and no U+FFFE/U+FFFF; C1 controls are never meant.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without characters that FHIR strings and XHTML cannot hold."""
    return _UNWRITABLE.sub("", text)


def one_line(text: str) -> str:
    """A name from a chart as one clean line, so that it cannot break a list or pose as another line."""
    return " ".join(clean(text).split())


def generated_narrative(title: str, text: str) -> dict[str, object]:
    """A Narrative: a bold title, then `text`, where lines that begin with "- " are lists and others paragraphs."""
    blocks = [f"<p><b>{_escaped(title)}</b></p>"]
    items: list[str] = []
    for line in (*text.splitlines(), ""):
        if line.startswith("- "):
            items.append(f"<li>{_escaped(line[2:])}</li>")
            continue
        if items:
            blocks.append(f"<ul>{''.join(items)}</ul>")
            items.clear()
        if line.strip():
            blocks.append(f"<p>{_escaped(line)}</p>")
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(blocks)}</div>'}


def _escaped(text: str) -> str:
    return escape(clean(text), quote=False)
