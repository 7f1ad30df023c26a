"""The pictures of the app in the documentation are what Chromium draws now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.house import House
from tests.browser.screens import (
    FOLDER,
    LARGEST,
    SCALE,
    SCREENS,
    TOLERANCE,
    differing,
    draw,
    drawn_with,
    keep,
    major,
    stored,
    studio,
)

ROOT = FOLDER.parents[1]
SHOWN = re.compile(r'<img src="(?:docs/)?screens/([a-z0-9-]+)\.png" width="(\d+)" alt="([^"]{20,})">')


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with studio() as house:
        yield house


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_is_what_chromium_draws_now(house: House, name: str, tmp_path: Path) -> None:
    now = draw(house, SCREENS[name])
    here, then = major(house), drawn_with()
    if here != then:
        pytest.skip(f"drawn with Chromium {then}, this is {here}: not compared; `make screens` draws the pictures anew")
    share = differing(now, stored(name))
    keep(now, tmp_path / f"{name}.png")
    assert share <= TOLERANCE, f"{share:.5f} of it is another colour; as it is now: {tmp_path / name}.png"


def test_every_picture_is_small_and_stands_in_the_docs_with_words_for_who_cannot_see_it() -> None:
    pictures = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert pictures.keys() == SCREENS.keys()
    assert max(pictures.values()) <= LARGEST
    shown = {name: int(width) for name, width, _ in SHOWN.findall((ROOT / "docs" / "page.md").read_text("utf-8"))}
    assert shown == {name: stored(name).width // SCALE for name in pictures}
    assert len(SHOWN.findall((ROOT / "README.md").read_text("utf-8"))) >= 2


def test_a_word_that_is_another_is_noticed() -> None:
    then = stored("plan-1000")
    now = then.convert("RGB")
    assert differing(now, then) == 0
    now.paste(now.crop((120, 260, 240, 290)), (240, 260))  # half of a word over another one
    assert differing(now, then) > TOLERANCE
    assert differing(now.crop((0, 0, 10, 10)), then) == 1
