"""Who is let in to the API, and what is not taken. Every refusal has a code and words."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.endpoint import ENDPOINTS
from api.limits import MAX_DEPTH, MAX_JSON, Limiter, check_json
from core.kernel.clock import clock, now
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.tokens import actions as tokens
from core.tokens.models import Token
from core.tokens.queries import tokens as all_tokens
from core.tokens.rules import SCOPES, id_of
from tests.api.conftest import Caller, NewCaller
from tests.world import World

JSON = {"Content_Type": "application/json"}
ORDER = {"customer_id": 1, "words": "x"}


async def test_only_the_digest_is_kept(call: Caller) -> None:
    row = await Token.get()
    assert call.token not in json.dumps({name: str(value) for name, value in vars(row).items()})
    me = await call("GET", "/me")
    assert (me.said["name"], set(me.said["scopes"])) == ("1С", set(SCOPES))
    assert (await all_tokens())[0].last_used_at is not None


async def test_a_forged_token_opens_nothing(call: Caller) -> None:
    for forged in ("", "x", "nrd_1_", "nrd_1_" + "a" * 32, "nrd_zzzzzzzzzz_x", "nrd_é_x", "a" * 5000):
        call.token = forged.encode("utf-8").decode("latin-1")
        answer = await call("GET", "/me")
        assert (answer.status, answer.headers["WWW-Authenticate"].split()[0]) == (401, "Bearer"), forged
        assert answer.said["code"] in ("api.bad_token", "api.no_token")


async def test_every_endpoint_wants_a_token_and_its_scope(new_caller: NewCaller, world: World) -> None:
    for one in ENDPOINTS:
        path = one.path.replace("{id}", "1")
        stranger = await new_caller("events:read" if one.scope != "events:read" else "orders:read")
        if one.scope:
            answer = await stranger(one.method, path)
            assert (answer.status, answer.said["scope"]) == (403, one.scope), one.name
        stranger.token = ""
        assert (await stranger(one.method, path)).status == 401, one.name


async def test_revoked_and_expired_tokens_say_so(new_caller: NewCaller, world: World) -> None:
    short = await new_caller("orders:read", expires_at=now() + timedelta(hours=1))
    long = await new_caller("orders:read")
    async with work():
        await tokens.revoke(long.token_id)
    assert (await long("GET", "/me")).said["code"] == "api.revoked_token"
    assert (await short("GET", "/me")).status == 200
    clock.offset = 3601
    assert (await short("GET", "/me")).said["code"] == "api.expired_token"
    assert [one.state for one in await all_tokens()] == ["revoked", "expired"]


async def test_too_often_is_told_with_when_to_come_again(new_caller: NewCaller, world: World) -> None:
    call = await new_caller("orders:read", per_minute=3)
    answers = [await call("GET", "/me") for _ in range(8)]
    late = [one for one in answers if one.status == 429]
    assert late, "eight in a row are more than three in each of two minutes"
    assert 0 < int(late[0].headers["Retry-After"]) <= 61
    assert late[0].said["code"] == "api.rate"
    assert answers[0].headers["RateLimit-Limit"] == "3"


async def test_processes_count_together(redis_url: str) -> None:
    from redis.asyncio import Redis

    async with Redis.from_url(redis_url) as client:
        first, second = Limiter(client), Limiter(client)
        left = [(await one.take(7, 1000)).left for one in (first, second, first)]
        assert left[0] > left[1] > left[2] or max(left) == 999
    async with Redis.from_url("redis://127.0.0.1:1/0") as lost:
        assert (await Limiter(lost).take(7, 5)).left == 4


NOT_TAKEN: dict[str, tuple[Any, dict[str, str], int, str]] = {
    "no json": (b"{", JSON, 400, "api.bad_json"),
    "nothing": (b"", JSON, 400, "api.bad_json"),
    "cp1251": ('{"words": "Течёт"}'.encode("cp1251"), JSON, 400, "api.bad_json"),
    "half a pair": (b'{"customer_id": 1, "words": "\\ud800"}', JSON, 400, "api.bad_json"),
    "a form": (b"words=x", {"Content_Type": "application/x-www-form-urlencoded"}, 415, "api.bad_type"),
    "packed": (gzip.compress(b"{}"), {**JSON, "Content_Encoding": "gzip"}, 415, "api.packed"),
    "deep": (b"[" * 100_000, JSON, 400, "api.too_deep"),
    "deep and closed": (b'{"a":' * 50 + b"1" + b"}" * 50, JSON, 400, "api.too_deep"),
    "wide": (b"[" + b"1," * 10_000 + b"1]", JSON, 400, "api.too_many"),
    "long": (b'"' + b"a" * (MAX_JSON + 1) + b'"', JSON, 413, "api.too_large"),
    "a list": (b"[]", JSON, 422, "api.invalid"),
    "an unknown field": (json.dumps({**ORDER, "x": 1}).encode(), JSON, 422, "api.invalid"),
    "a text for a number": (json.dumps({**ORDER, "customer_id": "1"}).encode(), JSON, 422, "api.invalid"),
    "a nul": (json.dumps({**ORDER, "words": "a\0b"}).encode(), JSON, 422, "api.invalid"),
    "no words": (json.dumps({**ORDER, "words": " "}).encode(), JSON, 422, "orders.empty"),
    "a day for a moment": (json.dumps({**ORDER, "wanted_from": "2026-01-01"}).encode(), JSON, 422, "api.invalid"),
    "a number for a moment": (json.dumps({**ORDER, "wanted_from": 1}).encode(), JSON, 422, "api.invalid"),
    "nowhere": (b'{"customer_id": 1, "words": "x", "lat": 1e999, "lon": 1}', JSON, 422, "api.invalid"),
    "a huge number": (b'{"customer_id": ' + b"9" * 5000 + b', "words": "x"}', JSON, 400, "api.bad_json"),
}  # fmt: skip


async def test_what_is_not_taken(call: Caller) -> None:
    for what, (raw, headers, status, code) in NOT_TAKEN.items():
        answer = await call("POST", "/orders", raw=raw, **headers)
        assert (answer.status, answer.said["code"]) == (status, code), (what, answer.said)
        assert answer.said["detail"]


async def test_wrong_parameters_are_named(call: Caller) -> None:
    queries = ("limit=0", "limit=x", "limit=1&limit=2", "x=1", "state=lost", "customer_id=-1", "q=%00", "cursor=")
    for query in queries:
        answer = await call("GET", f"/orders?{query}")
        assert answer.status == 422, query
        assert answer.said["code"] in ("api.invalid", "api.bad_cursor")


async def test_a_cursor_that_was_not_given_out(call: Caller) -> None:
    for cursor in ("x", "11-aaaaaaaaaaa", "1zzzzzzzzzzz-x", "%F0%9F%98%80", "a" * 64):
        for path in ("orders", "sites", "assets", "customers", "events"):
            assert (await call("GET", f"/{path}?cursor={cursor}")).said["code"] == "api.bad_cursor"


async def test_wrong_addresses_and_methods(call: Caller) -> None:
    assert (await call("GET", "/nothing")).said["code"] == "api.no_such_address"
    wrong = await call("DELETE", "/orders")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, POST")
    assert (await call("GET", "/orders?q=" + "a" * 9000)).status in (400, 414)


async def test_a_key_that_is_none(call: Caller, world: World) -> None:
    for key in ("", " ", "a b", "x" * 256, "ключ"):
        body = {**ORDER, "customer_id": world.azbuka}
        answer = await call("POST", "/orders", body, Idempotency_Key=key.encode().decode("latin-1"))
        assert (answer.status, answer.said["code"]) == (400, "api.bad_key"), key


async def test_words_are_in_the_callers_language(call: Caller) -> None:
    russian = await call("GET", "/orders/999", Accept_Language="ru-RU,ru")
    assert russian.said["title"] == "Не найдено"
    assert (await call("GET", "/orders/999", Accept_Language="en")).said["title"] == "Not found"


@settings(max_examples=60)
@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=60))
def test_nesting_is_told_from_bytes(value: Any) -> None:
    def depth(one: Any) -> int:
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    raw = json.dumps([value] * 2, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if 1 + depth(value) <= MAX_DEPTH:
        check_json(raw)
    else:
        with pytest.raises(Refusal):
            check_json(raw)


@settings(max_examples=60)
@given(st.text())
def test_whatever_a_token_says_is_read(text: str) -> None:
    assert id_of(text) is None or text.startswith("nrd_")
