"""A token that is turned down is replaced once, and the request is sent again with the new one."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from service.gateway import Gateway, parse_base
from service.use_cases.ports import AccessDenied


class Tokens:
    """Gives out t1, t2, ... and remembers what was turned down."""

    def __init__(self) -> None:
        self.number = 1
        self.rejected: list[str] = []

    async def current(self) -> str:
        return f"t{self.number}"

    async def instead_of(self, rejected: str) -> str:
        self.rejected.append(rejected)
        self.number += 1
        return f"t{self.number}"


@pytest.fixture
def asking(ehr):
    """Read one Appointment while the server takes only this token; returns the tokens that it saw."""

    def ask(taken, tokens):
        seen = []

        def answer(request):
            seen.append(request.headers["authorization"])
            good = request.headers["authorization"] == f"Bearer {taken}"
            return httpx.Response(200 if good else 401, json={"resourceType": "Appointment", "id": "a"})

        ehr.router.get("/Appointment/a").mock(side_effect=answer)

        async def read():
            async with Gateway(parse_base(ehr.base), ehr.settings, tokens=tokens, time=ehr.time) as gateway:
                await gateway.read("Appointment", "a")

        asyncio.run(read())
        return seen

    return ask


def test_a_good_token_is_used_as_it_is(asking):
    tokens = Tokens()
    assert asking("t1", tokens) == ["Bearer t1"]
    assert tokens.rejected == []


def test_a_token_that_is_turned_down_is_replaced_and_the_request_repeated(asking):
    tokens = Tokens()
    assert asking("t2", tokens) == ["Bearer t1", "Bearer t2"]
    assert tokens.rejected == ["t1"]


def test_it_is_replaced_once_only(asking):
    tokens = Tokens()
    with pytest.raises(AccessDenied):
        asking("t3", tokens)
    assert tokens.rejected == ["t1"]
