"""What is sent again, how often and after which pauses; and that a write never is unless it certainly was not taken."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from service.config import Settings
from service.gateway.address import parse_base
from service.gateway.retries import Time
from service.gateway.wire import Wire
from service.use_cases.ports import Conflict, FhirRefused, ServerError, ServerFault, ServerGone, TooManyRequests

APPOINTMENT = {"resourceType": "Appointment", "id": "a1"}
RAW = json.dumps(APPOINTMENT).encode()
BUNDLE = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{}]}).encode()
WRITTEN = httpx.Response(200, json={"resourceType": "Bundle", "entry": [{"response": {"status": "201"}}]})
FOUND = httpx.Response(200, json=APPOINTMENT)
BUSY = httpx.Response(429, headers={"Retry-After": "3"})
AWAY = httpx.Response(503, headers={"Retry-After": "Mon, 02 Mar 2026 12:00:05 GMT"})


def read(ehr, *answers: httpx.Response | Exception) -> int:
    """Read a resource from a server that answers so, one after the other; how often it was asked."""
    route = ehr.router.get("/Appointment/a1")
    route.side_effect = answers
    try:
        ehr.ask(lambda gateway: gateway.read("Appointment", "a1"))
    finally:
        ehr.asked = route.call_count
    return route.call_count


def write(ehr, *answers: httpx.Response | Exception) -> int:
    """Send a transaction to a server that answers so; how often it was sent."""
    route = ehr.router.post("")
    route.side_effect = answers
    try:
        ehr.ask(lambda gateway: gateway.transaction(BUNDLE))
    finally:
        ehr.asked = route.call_count
    return route.call_count


@pytest.mark.parametrize(
    "fault",
    [
        *(httpx.Response(status) for status in (408, 429, 502, 503, 504)),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ProxyError("502 Bad Gateway"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("peer closed connection"),
    ],
    ids=str,
)
def test_a_read_is_sent_again_after_a_fault_that_passes(ehr, fault):
    assert read(ehr, fault, fault, FOUND) == 3
    assert ehr.time.pauses == [0.375, 0.75]


@pytest.mark.parametrize(
    "fault",
    [
        *(httpx.Response(status) for status in (301, 400, 401, 403, 404, 409, 410, 412, 422, 423, 500, 501)),
        httpx.Response(200, html="<p>login</p>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"),
    ],
    ids=str,
)
def test_a_read_is_sent_once_where_asking_again_would_not_help(ehr, fault):
    with pytest.raises(ServerError):
        read(ehr, fault, FOUND)
    assert ehr.asked == 1
    assert ehr.time.pauses == []


def test_a_search_is_sent_again_page_by_page(ehr):
    page = ehr.page("MedicationRequest", ehr.request("r1"), following=f"{ehr.base}/MedicationRequest?page=2")
    last = ehr.page("MedicationRequest", ehr.request("r2"))
    answers = [httpx.Response(503), httpx.Response(200, json=page), BUSY, httpx.Response(200, json=last)]
    ehr.router.get("/MedicationRequest").side_effect = answers
    assert len(ehr.ask(lambda gateway: gateway.search("MedicationRequest", {"patient": "p1"}))) == 2
    assert ehr.time.pauses == [0.375, 3.125]


@pytest.mark.parametrize("fault", [httpx.Response(502), httpx.ReadError("reset")], ids=str)
def test_a_search_sent_with_post_is_a_read(ehr, fault):
    route = ehr.router.post("/MedicationRequest/_search")
    route.side_effect = [fault, httpx.Response(200, json=ehr.page("MedicationRequest"))]

    async def search() -> None:
        async with Wire(parse_base(ehr.base), Settings(), time=ehr.time) as wire:
            await wire.send(
                "POST",
                "MedicationRequest/_search",
                attempted="search MedicationRequest",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                content=b"patient=p1",
            )

    asyncio.run(search())
    assert route.call_count == 2
    assert route.calls.last.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert route.calls.last.request.content == b"patient=p1"


@pytest.mark.parametrize(
    "fault", [BUSY, AWAY, httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.ProxyError("403")], ids=str
)
def test_a_write_is_sent_again_where_it_certainly_was_not_taken(ehr, fault):
    assert write(ehr, fault, WRITTEN) == 2
    assert len(ehr.time.pauses) == 1
    first, second = (call.request.content for call in ehr.router.calls)
    assert first == second == BUNDLE


@pytest.mark.parametrize(
    ("fault", "maybe_written"),
    [
        *((httpx.Response(status), True) for status in (303, 408, 500, 502, 503, 504, 507)),
        *((httpx.Response(status), False) for status in (307, 400, 401, 403, 404, 409, 410, 412, 422, 423, 429, 501)),
        *((httpx.Response(status, headers={"Retry-After": "1"}), True) for status in (408, 500, 502, 504)),
        (httpx.Response(503, headers={"Retry-After": "soon"}), True),
        (httpx.Response(200, html="<p>login</p>"), True),
        (httpx.ReadTimeout("slow"), True),
        (httpx.WriteTimeout("slow"), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteError("reset"), True),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), True),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), False),
    ],
    ids=str,
)
def test_no_other_write_is_sent_again_and_the_error_says_whether_it_may_have_been_written(ehr, fault, maybe_written):
    with pytest.raises(ServerError) as refused:
        write(ehr, fault, WRITTEN)
    assert ehr.asked == 1
    assert refused.value.maybe_written is maybe_written
    assert ("It may have been written" in str(refused.value)) is maybe_written
    assert ("It was not written." in str(refused.value)) is not maybe_written


def test_a_write_that_was_first_put_off_and_then_broke_off_may_have_been_written(ehr):
    with pytest.raises(ServerGone, match=r"Tried 2 times\. It may have been written") as gone:
        write(ehr, BUSY, httpx.ReadError("reset"), WRITTEN)
    assert gone.value.maybe_written
    assert ehr.asked == 2


def test_conditional_creates_and_updates_are_writes_too(ehr):
    create, update = ehr.router.post("/Appointment"), ehr.router.put("/Appointment/a1")
    create.side_effect = [AWAY, httpx.ReadError("reset"), FOUND]
    with pytest.raises(ServerGone):
        ehr.ask(lambda gateway: gateway.create_if_none(RAW, "https://x.example|1"))
    update.side_effect = [BUSY, httpx.Response(412), FOUND]
    with pytest.raises(Conflict, match="It was not written"):
        ehr.ask(lambda gateway: gateway.update(RAW, "1"))
    assert (create.call_count, update.call_count) == (2, 2)
    assert {call.request.headers["if-none-exist"] for call in create.calls} == {"identifier=https://x.example|1"}


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", 7.125),
        ("Mon, 02 Mar 2026 12:00:07 GMT", 7.125),
        ("Mon, 02 Mar 2026 12:00:20 GMT", 20.125),
        ("0", 0.375),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.375),
        ("soon", 0.375),
    ],
)
def test_a_server_is_never_asked_earlier_than_it_wishes(ehr, header, pause):
    assert read(ehr, httpx.Response(429, headers={"Retry-After": header}), FOUND) == 2
    assert ehr.time.pauses == [pause]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("21", "It asks to wait 21 s."),
        ("Mon, 02 Mar 2026 12:02:00 GMT", "It asks to wait 120 s."),
        ("86400", "It asks to wait an hour or more."),
        ("Tue, 03 Mar 2026 12:00:00 GMT", "It asks to wait an hour or more."),
    ],
)
def test_a_server_that_asks_for_a_longer_wait_than_the_setting_allows_is_not_waited_for(ehr, header, words):
    for ask in (read, write):
        with pytest.raises(TooManyRequests) as refused:
            ask(ehr, httpx.Response(429, headers={"Retry-After": header}), FOUND)
        assert str(refused.value).removesuffix(" It was not written.").endswith(words)
        assert ehr.asked == 1
    assert ehr.time.pauses == []


def test_the_longest_wait_is_a_setting(ehr):
    ehr.settings = Settings(max_retry_after_seconds=120, retry_seconds=300)
    assert read(ehr, httpx.Response(503, headers={"Retry-After": "120"}), FOUND) == 2
    assert ehr.time.pauses == [120.125]


def test_attempts_are_counted_and_the_person_is_told_how_many_there_were(ehr):
    ehr.settings = Settings(max_attempts=4)
    with pytest.raises(ServerFault) as refused:
        read(ehr, *[httpx.Response(503)] * 5)
    assert ehr.asked == 4
    assert ehr.time.pauses == [0.375, 0.75, 1.5]
    assert str(refused.value) == (
        "read Appointment: the server is not available now: try again later (HTTP 503 from ehr.example). Tried 4 times."
    )


def test_a_setting_switches_repetitions_off(ehr):
    ehr.settings = Settings(max_attempts=1)
    with pytest.raises(ServerFault, match=r"ehr\.example\)\.$"):
        read(ehr, httpx.Response(503), FOUND)
    assert ehr.asked == 1


def test_pauses_stay_within_the_budget_of_seconds(ehr):
    ehr.settings = Settings(max_attempts=10, retry_seconds=10)
    with pytest.raises(ServerFault, match=r"Tried 5 times\."):
        read(ehr, *[httpx.Response(503)] * 9)
    assert ehr.time.pauses == [0.375, 0.75, 1.5, 3.0]  # the next would have been 6


def test_what_a_request_itself_takes_counts_against_the_budget(ehr):
    def slowly(request: httpx.Request) -> httpx.Response:
        ehr.time.passed += 16
        return httpx.Response(504)

    route = ehr.router.get("/Appointment/a1").mock(side_effect=slowly)
    with pytest.raises(ServerFault, match=r"Tried 2 times\."):
        ehr.ask(lambda gateway: gateway.read("Appointment", "a1"))
    assert route.call_count == 2


def test_half_of_each_pause_is_left_to_chance(ehr):
    for chance, pauses in ((0.0, [0.25, 0.5]), (1.0, [0.5, 1.0])):
        ehr.time.pauses.clear()
        ehr.time.chance = lambda chance=chance: chance
        read(ehr, httpx.Response(503), httpx.Response(503), FOUND)
        assert ehr.time.pauses == pauses


def test_a_pause_does_not_keep_others_from_asking(ehr):
    """With one request at a time, a second question is answered while the first one waits."""
    ehr.settings = Settings(requests_at_once=1)
    ehr.router.get("/Appointment/a1").side_effect = [httpx.Response(503), FOUND]
    ehr.get("/Appointment/a2", {**APPOINTMENT, "id": "a2"})

    async def both(gateway) -> None:
        await asyncio.gather(gateway.read("Appointment", "a1"), gateway.read("Appointment", "a2"))

    ehr.ask(both)
    assert [call.request.url.path[-2:] for call in ehr.router.calls] == ["a1", "a2", "a1"]


def test_a_reading_survives_a_server_that_stumbles_everywhere_once(ehr):
    whole = ehr.chart()
    stumbled = set()

    def stumble(request: httpx.Request) -> httpx.Response | None:
        if request.url.path in stumbled:
            return None
        stumbled.add(request.url.path)
        return httpx.Response(503, headers={"Retry-After": "1"})

    ehr.router.calls.clear()
    for route in ehr.router.routes:
        kept = route.return_value
        route.side_effect = lambda request, kept=kept: stumble(request) or kept
    assert ehr.chart() == whole
    assert len(stumbled) == 5


def test_a_transaction_that_is_refused_for_good_after_a_wait_says_so(ehr):
    with pytest.raises(FhirRefused, match=r"Tried 2 times\. It was not written\.$"):
        write(ehr, BUSY, httpx.Response(422))


def test_real_time_passes_by_itself():
    time = Time()
    before = time.stopwatch(), time.now()
    asyncio.run(time.sleep(0))
    assert time.stopwatch() >= before[0]
    assert time.now() >= before[1]
    assert 0 <= time.chance() < 1
