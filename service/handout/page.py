"""The handout as HTML: the same sentences as the PDF, in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from service.handout.content import Handout
from service.handout.qr import qr_svg


@dataclass(frozen=True, slots=True)
class Tools:
    """What stands above the handout on a screen and never on paper: the ways on, and notes for whoever hands it out.

    `languages` are code, name and address of the same page in each language.
    """

    back: str
    pdf: str
    calendar: str
    languages: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...] = ()
    label: str = "Not printed"


def render_page(handout: Handout, *, stylesheet: str | None = None, tools: Tools | None = None) -> str:
    """A whole page. `stylesheet` is the address of a style sheet; None: the page carries its own style."""
    words = handout.words
    code = _drawn(qr_svg(handout.phone, words.scan)) if handout.phone else None
    style = _drawn(handout_style())
    return _template().render(handout=handout, words=words, qr=code, stylesheet=stylesheet, style=style, tools=tools)


def _drawn(markup: str) -> Markup:
    """Markup of ours, in which nothing of the chart stands."""
    return Markup(markup)  # noqa: S704


@cache
def _template() -> Template:
    loader = PackageLoader("service.handout", "")
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template("handout.html")


@cache
def handout_style() -> str:
    """The style sheet of the page, for screen and print."""
    return (files("service.handout") / "handout.css").read_text("utf-8")
