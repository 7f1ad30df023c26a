"""The example in the docs runs: a whole launch with its very lines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import smart_launch
from tests.smart.driving import MemoryStore, ring, run, server_for
from tests.smart.strict_server import BASE, CLIENT, LAUNCH, REDIRECT

DOCS = Path(__file__).parents[3] / "docs/smart.md"


def test_the_example_launches() -> None:
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    example = found[1].replace("my-app", CLIENT).replace("https://app.example/callback", REDIRECT)
    server = server_for("ES384")
    kept: dict[str, smart_launch.PendingLaunch] = {}
    store = MemoryStore()
    before, after = example.split("# GET /callback")
    after, later = after.split("# before a request")
    names: dict[str, object] = {
        "http": server.client(), "ring": ring(), "clock": lambda: server.now, "iss": BASE, "launch": LAUNCH,
        "take_out_of_the_store_once": kept.pop, "store": store, "key": "s1",
    }  # fmt: skip

    async def whole() -> None:
        await lines(before, names)
        pending, request = names["pending"], names["request"]
        assert isinstance(pending, smart_launch.PendingLaunch)
        assert isinstance(request, smart_launch.AuthorizationRequest)
        kept[pending.state.reveal()] = pending
        names["query"] = server.sign_in(request.method, request.url, dict(request.fields))
        names["cookie"] = pending.browser.reveal()
        await lines("# GET" + after, names)
        grant = names["grant"]
        assert isinstance(grant, smart_launch.Grant)
        assert grant.context.patient == "p1"
        store.grants["s1"] = grant
        await lines("# before" + later, names)
        assert server.live_tokens == set()

    run(whole())
    assert server.broken == []


async def lines(text: str, names: dict[str, object]) -> None:
    """Run lines of the docs, which may await."""
    code = compile(text, str(DOCS), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)
    if waiting is not None:
        await waiting
