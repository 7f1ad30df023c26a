"""The pictures of the app in docs/screens: which there are, how they are drawn, and how two of them are compared.

`make screens` draws them anew. Everything that could differ from run to run is held still: the day, the font (Source
Sans Pro, as in the handout, instead of the reader's system font), animations, the caret.
"""

from __future__ import annotations

import io
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Page, Route

from tests.browser.house import STATES, House, open_house

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
RECORD = FOLDER / "drawn.toml"
TODAY = date(2026, 11, 23)
SCALE = 2  # dots to a CSS pixel, so that letters are sharp
LARGEST = 120_000  # bytes of one picture
FONTS = files("font_source_sans_pro") / "files"
FACES = {"/static/screens-400.ttf": "SourceSansPro-Regular.ttf", "/static/screens-700.ttf": "SourceSansPro-Bold.ttf"}
SAME_FONT = """
@font-face { font-family: "Source Sans Pro"; src: url("screens-400.ttf"); font-weight: 400 500; }
@font-face { font-family: "Source Sans Pro"; src: url("screens-700.ttf"); font-weight: 600 700; }
body { font-family: "Source Sans Pro" !important; }
"""
ANOTHER_COLOUR = 24  # of 255: a channel that differs by more is another colour to the eye
TOLERANCE = 0.0001  # of all pixels may have another colour: edges of a few letters, and no word
COLOURS = 64  # of a stored picture, the most frequent ones; what is compared with it is drawn in the same ones
MANY = 1 << 24
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Screen:
    """One picture: a state, a width, and the top of the page or of one part of it. In CSS pixels."""

    state: dict[str, Any]
    width: int
    height: int = 900
    part: str = ""  # a CSS selector


WAITING = {
    "template": "waiting.html",
    "values": {
        "here": "/l/x/", "launch": "x", "form_token": "", "site": "Sandbox EHR", "doing": "Reading the chart",
        "chart_read": False, "seconds": 4, "next_look": 3, "by_itself": True,
    },
    "shows": "Reading the chart",
}  # fmt: skip
SCREENS = {
    "plan-400": Screen(STATES["plan"], 400, 1200),
    "plan-1000": Screen(STATES["plan"], 1000, 920),
    "picture": Screen(STATES["plan"], 800, part="section.picture"),
    "consent": Screen(STATES["plan"], 500, 1000, part="section:has(> #opt-in)"),
    "receipt": Screen(STATES["enrolled-receipt"], 600, 1000),
    "handout": Screen(STATES["handout"], 700, 1000),
    "waiting": Screen(WAITING, 400, 560),
}


@contextmanager
def studio() -> Iterator[House]:
    """The house on the day of the pictures, with one font on every page."""
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder), TODAY, scale=SCALE) as house:
        house.context.route("**/static/*.css", _with_the_font)
        house.context.route("**/static/screens-*.ttf", _font)
        yield house


def _with_the_font(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + SAME_FONT)


def _font(route: Route) -> None:
    path = "/static/" + route.request.url.rpartition("/")[2]
    route.fulfill(body=(FONTS / FACES[path]).read_bytes(), content_type="font/ttf")


def draw(house: House, screen: Screen) -> Image.Image:
    """The picture as this Chromium draws it now."""
    page = house.reach(screen.state)
    try:
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.evaluate("document.fonts.ready")
        whole = Image.open(io.BytesIO(_shot(page, screen))).convert("RGB")
        return whole.crop((0, 0, whole.width, min(whole.height, SCALE * screen.height)))
    finally:
        page.close()


def _shot(page: Page, screen: Screen) -> bytes:
    if screen.part:
        return page.locator(screen.part).screenshot(animations="disabled", caret="hide")
    return page.screenshot(animations="disabled", caret="hide")


def differing(now: Image.Image, then: Image.Image) -> float:
    """The share of pixels with another colour, from 0 to 1; pictures of two sizes differ as a whole."""
    if now.size != then.size:
        return 1.0
    colours = [colour for _, colour in then.convert("RGB").getcolors(MANY) or ()]
    now = in_colours(now, colours)
    channels = ImageChops.difference(now.convert("RGB"), then.convert("RGB")).split()
    largest = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    return sum(largest.histogram()[ANOTHER_COLOUR + 1 :]) / (now.width * now.height)


def stored(name: str) -> Image.Image:
    """The picture as it stands in the docs."""
    return Image.open(io.BytesIO((FOLDER / f"{name}.png").read_bytes()))


def drawn_with() -> int:
    """The major version of the Chromium that drew what stands in docs/screens."""
    record: dict[str, int] = tomllib.loads(RECORD.read_text("utf-8"))
    return record["chromium"]


def major(house: House) -> int:
    """The major version of this Chromium."""
    browser = house.context.browser
    assert browser is not None
    return int(browser.version.partition(".")[0])


def keep(picture: Image.Image, path: Path) -> None:
    """Write it as a small PNG."""
    counted = sorted(picture.getcolors(MANY) or (), reverse=True)
    in_colours(picture, [colour for _, colour in counted[:COLOURS]]).save(path, optimize=True)


def _apart(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def in_colours(picture: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The picture with each pixel in the nearest of these colours: what it has in plenty stays exactly as it is."""
    found = [colour for _, colour in picture.getcolors(MANY) or ()]
    nearest = {one: min(range(len(colours)), key=lambda place: _apart(one, colours[place])) for one in found}
    drawn = Image.new("P", picture.size)
    drawn.putpalette([channel for colour in colours for channel in colour])
    dots = picture.tobytes()
    drawn.putdata([nearest[dot] for dot in zip(dots[::3], dots[1::3], dots[2::3], strict=True)])
    return drawn


if __name__ == "__main__":
    with studio() as opened:
        FOLDER.mkdir(exist_ok=True)
        for name, screen in SCREENS.items():
            keep(draw(opened, screen), FOLDER / f"{name}.png")
        RECORD.write_text(
            f"# `make screens` writes this file and the pictures beside it.\nchromium = {major(opened)}\n"
        )
