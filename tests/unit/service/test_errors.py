"""Every error of the application hangs in one tree and has a text for the log that points at nobody."""

from __future__ import annotations

import re

from service import errors
from service.use_cases import ports


def test_a_plain_error_is_logged_by_its_kind_only():
    assert errors.BadArgument("Patient/canary is not an id").for_log == "BadArgument"


def test_the_drawn_tree_is_the_real_one():
    tree = (errors.__doc__ or "").split("\n\n")[1]
    drawn = [(len(indent), name) for indent, name in re.findall(r"^([│├└─ ]*)(\w+)", tree, re.MULTILINE)]
    kinds = {**vars(errors), **vars(ports)}
    assert {name for _, name in drawn} == {
        name for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, errors.ServiceError)
    }
    above: dict[int, str] = {}
    for indent, name in drawn:
        above[indent] = name
        if indent:
            assert kinds[name].__base__.__name__ == above[indent - 4]
