"""Another system makes an order, looks at it, changes and cancels it; a copy does nothing, a late change is told."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.endpoint import ENDPOINTS
from core import ports
from core.adapters.memory import Memory
from core.chats.queries import thread
from core.hooks.rules import TYPES
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.errors import Outage
from core.orders.models import Entry, Order
from core.tokens.models import Reply as KeptReply
from tests.api.conftest import Caller
from tests.world import World


def wanted(world: World, **more: Any) -> dict[str, Any]:
    return {"customer_id": world.azbuka, "site_id": world.arbat, "words": "Не холодит витрина", **more}


async def made(call: Caller, world: World, **more: Any) -> dict[str, Any]:
    answer = await call("POST", "/orders", wanted(world, **more))
    assert answer.status == 201, answer.said
    said: dict[str, Any] = answer.said
    return said


async def test_an_order_goes_through_the_same_doors_as_one_from_a_chat(call: Caller, world: World) -> None:
    wish = now().replace(microsecond=0) + timedelta(days=3)
    moscow = wish.astimezone(ZoneInfo("Europe/Moscow")).isoformat()
    said = await made(call, world, asset_ids=[world.fridge], urgency="high", wanted_from=moscow)
    order = await Order.get()
    assert (order.id, order.source, order.created_by) == (said["id"], "api", f"token:{call.token_id}")
    assert [one["name"] for one in said["assets"]] == ["Витрина молочная"]
    assert {one["kind"] for one in said["deadlines"]} == {"response", "arrival", "resolution"}
    assert datetime.fromisoformat(said["wanted_from"]) == wish == order.wanted_from
    line = await Entry.get(kind="order.created")
    assert line.who == "1С"


async def test_a_copy_does_nothing_and_is_answered_alike(call: Caller, world: World) -> None:
    replies = await asyncio.gather(*(call("POST", "/orders", wanted(world), Idempotency_Key="k1") for _ in range(5)))
    assert {one.status for one in replies} == {201}
    assert len({one.said["id"] for one in replies}) == 1
    assert sum("Idempotent-Replayed" in one.headers for one in replies) == 4
    assert await Order.all().count() == 1
    other = await call("POST", "/orders", wanted(world, words="Другое"), Idempotency_Key="k1")
    assert (other.status, other.said["code"]) == (422, "tokens.key_reused")


async def test_a_refusal_leaves_the_key_free(call: Caller, world: World) -> None:
    wrong = wanted(world, customer_id=10**9)
    assert (await call("POST", "/orders", wrong, Idempotency_Key="k2")).status == 422
    assert not await KeptReply.exists(key="k2")
    assert (await call("POST", "/orders", wanted(world), Idempotency_Key="k2")).status == 201


async def test_half_a_point_is_no_point(call: Caller, world: World) -> None:
    """With one of the two the order stands nowhere, and every map and distance fails on it."""
    number = (await made(call, world, site_id=None, address="Мира, 5"))["id"]
    for half in ({"lat": 55.75}, {"lon": 37.6}, {"lat": 55.75, "lon": None}):
        said = await call("PATCH", f"/orders/{number}", half, If_Match="*")
        assert (said.status, said.said["code"]) == (422, "customers.bad_place"), half
        said = await call("POST", "/orders", wanted(world, **half))
        assert (said.status, said.said["code"]) == (422, "customers.bad_place"), half
    order = await Order.get()
    assert (order.lat, order.lon) == (None, None)
    for point in ({"lat": 55.75, "lon": 37.6}, {"lat": 55.76}, {"lat": None, "lon": None}):
        assert (await call("PATCH", f"/orders/{number}", point, If_Match="*")).status == 200, point
    order = await Order.get()
    assert (order.lat, order.lon) == (None, None)


async def test_of_two_late_changes_one_wins(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    seen = await call("GET", f"/orders/{number}")
    tag = seen.headers["ETag"]
    assert (await call("GET", f"/orders/{number}", If_None_Match=tag)).status == 304
    assert (await call("PATCH", f"/orders/{number}", {"words": "Течёт"})).status == 428
    both = await asyncio.gather(
        *(call("PATCH", f"/orders/{number}", {"words": text}, If_Match=tag) for text in ("Течёт", "Шумит"))
    )
    assert sorted(one.status for one in both) == [200, 412]
    won = next(one for one in both if one.status == 200)
    assert (await call("GET", f"/orders/{number}")).said["words"] == won.said["words"]
    again = await call("PATCH", f"/orders/{number}", {"priority": "urgent"}, If_Match=won.headers["ETag"])
    assert (again.status, again.said["priority"]) == (200, "urgent")
    start = now() + timedelta(days=3)
    window = {"wanted_from": start.isoformat(), "wanted_to": (start + timedelta(hours=2)).isoformat()}
    moved = await call("PATCH", f"/orders/{number}", window, If_Match=again.headers["ETag"])
    assert moved.status == 200, moved.said
    assert datetime.fromisoformat(moved.said["wanted_to"]) - start == timedelta(hours=2)
    bad = {"wanted_to": (start - timedelta(hours=1)).isoformat()}
    assert (await call("PATCH", f"/orders/{number}", bad, If_Match="*")).said["code"] == "orders.bad_window"


async def test_cancelling_twice_is_a_conflict(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    assert (await call("POST", f"/orders/{number}/cancel", {"reason": "Передумали"})).said["state"] == "cancelled"
    again = await call("POST", f"/orders/{number}/cancel", {"reason": "Передумали"})
    assert (again.status, again.said["code"]) == (409, "orders.wrong_state")
    assert (await call("POST", f"/orders/{number}/cancel", {"reason": " "})).said["code"] == "orders.reason_needed"


async def test_an_order_gets_one_more_job(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    start = now().replace(microsecond=0) + timedelta(days=2)
    wish = {"wanted_from": start.isoformat(), "wanted_to": (start + timedelta(hours=2)).isoformat()}
    new = {"title": "Заменить фильтр", **wish}
    replies = [await call("POST", f"/orders/{number}/jobs", new, Idempotency_Key="j") for _ in range(2)]
    assert [one.status for one in replies] == [201, 201]
    jobs = replies[1].said["jobs"]
    assert [(job["title"], job["state"]) for job in jobs] == [("", "new"), ("Заменить фильтр", "new")]
    assert datetime.fromisoformat(jobs[1]["planned_from"]) == start
    late = {"title": "Ещё", "wanted_from": wish["wanted_to"], "wanted_to": wish["wanted_from"]}
    assert (await call("POST", f"/orders/{number}/jobs", late)).said["code"] == "orders.bad_window"
    assert (await call("POST", f"/orders/{number}/jobs", {"title": " "})).status == 422
    assert (await call("POST", f"/orders/{10**9}/jobs", new)).status == 404
    await call("POST", f"/orders/{number}/cancel", {"reason": "Передумали"})
    over = await call("POST", f"/orders/{number}/jobs", new)
    assert (over.status, over.said["code"]) == (409, "orders.wrong_state")


async def test_pages_follow_one_another(call: Caller, world: World) -> None:
    numbers = [(await made(call, world, words=f"Заявка {n}"))["id"] for n in range(5)]
    found: list[int] = []
    cursor = ""
    while cursor is not None:
        page = (await call("GET", f"/orders?limit=2&state=open{cursor and '&cursor=' + cursor}")).said
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert found == numbers[::-1]
    assert [one["id"] for one in (await call("GET", "/orders?q=заявка 3")).said["items"]] == [numbers[3]]
    assert (await call("GET", f"/orders?customer_id={world.bakery}")).said["items"] == []


async def test_words_reach_the_team_or_the_customer(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    assert (await call("POST", f"/orders/{number}/comments", {"text": "Для своих"})).said["to"] == "team"
    told = await call("POST", f"/orders/{number}/comments", {"text": "Едем", "to": "customer"})
    assert (told.status, told.said["who"]) == (201, "1С")
    assert [row.side for row in await thread(SYSTEM, number)] == ["team", "customer"]
    assert [one["text"] for one in (await call("GET", f"/orders/{number}/comments")).said["items"]] == [
        "Для своих",
        "Едем",
    ]
    kinds = [one["kind"] for one in (await call("GET", f"/orders/{number}/timeline")).said["items"]]
    assert kinds[0] == "order.created"


async def test_files_come_in_and_go_out(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    octets = {"Content_Type": "application/octet-stream"}
    paper = b"%PDF-1.4 something"
    sent = await call(
        "POST", f"/orders/{number}/files?name=a.pdf&caption=План", raw=paper, Idempotency_Key="f", **octets
    )
    copy = await call(
        "POST", f"/orders/{number}/files?name=a.pdf&caption=План", raw=paper, Idempotency_Key="f", **octets
    )
    assert (sent.status, sent.said) == (201, copy.said)
    listed = (await call("GET", f"/orders/{number}/files")).said["items"]
    assert [(one["mime"], one["caption"], one["ready"]) for one in listed] == [("application/pdf", "План", True)]
    got = await call("GET", f"/files/{listed[0]['id']}")
    assert (got.status, got.said, got.headers["X-Naryad-Type"]) == (200, paper, "application/pdf")
    for raw, headers, status in (
        (b"", octets, 422),
        (b"MZ\0\1", octets, 415),
        (paper, {"Content_Type": "text/html"}, 415),
    ):
        assert (await call("POST", f"/orders/{number}/files", raw=raw, **headers)).status == status


class Away(Memory):
    async def put(self, sha256: str, data: bytes) -> None:
        raise Outage("storage", "no answer")


async def test_a_storage_that_is_away_is_told_with_when_to_try_again(call: Caller, world: World) -> None:
    number = (await made(call, world))["id"]
    ports.use(storage=Away())
    octets = {"Content_Type": "application/octet-stream"}
    sent = await call("POST", f"/orders/{number}/files?name=a.pdf", raw=b"%PDF-1.4 x", Idempotency_Key="f", **octets)
    assert (sent.status, sent.said["code"], sent.headers["Retry-After"]) == (503, "away", "30")
    assert sent.said["title"] == "Not available for now"
    ports.use(storage=Memory())
    sent = await call("POST", f"/orders/{number}/files?name=a.pdf", raw=b"%PDF-1.4 x", Idempotency_Key="f", **octets)
    assert sent.status == 201


async def test_the_feed_tells_everything_once_and_in_order(call: Caller, world: World) -> None:
    first, second = [(await made(call, world))["id"] for _ in range(2)]
    await call("POST", f"/orders/{first}/cancel", {"reason": "Передумали"})
    seen: list[tuple[str, int]] = []
    cursor = ""
    for _ in range(10):
        page = (await call("GET", f"/events?limit=2{cursor}")).said
        seen += [(one["type"], one["data"]["order"]["id"]) for one in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == [("order.created", first), ("order.created", second), ("order.cancelled", first)]
    await call("POST", f"/orders/{second}/comments", {"text": "Едем", "to": "customer"})
    page = (await call("GET", f"/events?{cursor}")).said
    assert [one["data"]["comment"]["text"] for one in page["items"]] == ["Едем"]
    only = (await call("GET", "/events?type=order.cancelled,order.closed")).said["items"]
    assert [one["type"] for one in only] == ["order.cancelled"]
    assert (await call("GET", "/events?type=nothing")).said["code"] == "api.bad_event"
    assert {one["type"] for one in page["items"]} <= set(TYPES)


async def test_sites_and_assets_are_kept(call: Caller, world: World) -> None:
    site = await call("POST", "/sites", {"customer_id": world.bakery, "name": "Склад", "lat": 55.7, "lon": 37.6})
    assert (site.status, site.said["customer"]) == (201, "Пекарня")
    path = f"/sites/{site.said['id']}"
    tag = (await call("GET", path)).headers["ETag"]
    assert (await call("PATCH", path, {"name": "Склад 2", "active": False}, If_Match=tag)).said["active"] is False
    assert (await call("PATCH", path, {"name": "Склад 3"}, If_Match=tag)).status == 412
    asset = await call("POST", "/assets", {"site_id": world.shop, "type": "oven", "name": "Печь 2"})
    assert (asset.status, asset.said["criticality"]) == (201, 2)
    path = f"/assets/{asset.said['id']}"
    assert (await call("PATCH", path, {"serial": "S-1"}, If_Match="*")).said["serial"] == "S-1"
    unknown = await call("POST", "/assets", {"site_id": world.shop, "type": "boat", "name": "x"})
    assert (unknown.status, unknown.said["code"]) == (422, "api.bad_asset_type")
    names = [one["name"] for one in (await call("GET", f"/assets?site_id={world.shop}")).said["items"]]
    assert names == ["Печь подовая", "Печь 2"]
    assert [one["name"] for one in (await call("GET", "/customers?q=пекарня")).said["items"]] == ["Пекарня"]
    people = (await call("GET", f"/customers/{world.bakery}/contacts")).said["items"]
    assert [one["name"] for one in people] == ["Марат Галеев"]


async def test_what_is_not_there_is_404(call: Caller) -> None:
    bodies = {"cancel_order": {"reason": "x"}, "add_comment": {"text": "x"}, "add_job": {"title": "x"}}
    for one in [one for one in ENDPOINTS if "{" in one.path]:
        for number in ("999999", "0", "abc", "9" * 20, "-1"):
            raw = {"raw": b"%PDF-1.4", "Content_Type": "application/octet-stream"} if one.raw else {}
            json = None if one.raw or one.method == "GET" else bodies.get(one.name, {})
            answer = await call(one.method, one.path.replace("{id}", number), json, If_Match="*", **raw)
            assert answer.status == 404, (one.name, number, answer.said)
            assert answer.headers["Content-Type"].startswith("application/problem+json")
