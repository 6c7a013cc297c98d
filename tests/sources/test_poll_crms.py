"""amoCRM, Okdesk and HubEx, asked by schedule: pages, nothing at all, passes that end, and what each brings."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core.inbox.models import Delivery
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.pace import Pace
from core.orders.models import Order
from core.sources.models import Mark, Poll, Request, Source
from core.sources.polls.page import Trouble
from core.sources.polls.worker import VENDORS
from core.sources.queries import SourceView
from tests.sources.crm import Crm, again, connect, drain, follow, pause
from tests.world import World

SHAPES = Path(__file__).parent / "shapes"
TOKEN = {"token": "s3cret-token"}


def shape(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text())


def unix() -> int:
    return int(now().timestamp())


def lead(number: int, changed: int, **more: Any) -> dict[str, Any]:
    return {**shape("amocrm_lead"), "id": number, "created_at": changed, "updated_at": changed, **more}


def leads(rows: list[Any]) -> Any:
    return {"_page": 1, "_embedded": {"leads": rows}} if rows else web.Response(status=204)


class Amo:
    """A list of leads that is filtered, sorted and paged as the vendor says."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __call__(self, request: web.Request) -> Any:
        since, page, limit = (int(request.query[name]) for name in ("filter[updated_at][from]", "page", "limit"))
        found = sorted((row for row in self.rows if row["updated_at"] >= since), key=lambda row: row["updated_at"])
        return leads(found[(page - 1) * limit : page * limit])


async def amo(crm: Crm, world: World, **config: Any) -> None:
    await connect(crm, world, "amocrm-poll", TOKEN, poll_url=f"{crm.base}/", **config)


async def test_amocrm_brings_leads_once_in_the_order_of_their_changes(
    crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.polls.amocrm.FULL", 2)
    at = unix() + 60
    crm.answer = said = Amo([lead(n, at + n) for n in range(5)] + [lead(9, at, is_deleted=True)])
    await amo(crm, world)
    await drain()
    assert unquote(crm.asked[0]).startswith(
        "GET /api/v4/leads?with=contacts&limit=2&page=1&order[updated_at]=asc&filter"
    )
    assert {one["Authorization"] for one in crm.headers} == {"Bearer s3cret-token"}
    assert (await Poll.get()).trouble == ""
    assert sorted(one.key for one in await Delivery.all()) == ["0", "1", "2", "3", "4"]
    said.rows.append(lead(5, at + 9))
    assert (await again()).came == 1


async def test_amocrm_with_nothing_to_say(crm: Crm, world: World) -> None:
    crm.answer = lambda request: web.Response(status=204)
    await amo(crm, world)
    await drain()
    poll = await Poll.get()
    assert (poll.trouble, poll.looked, poll.failures) == ("", 0, 0)


async def test_amocrm_leads_of_one_second_fill_more_than_a_page(
    crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.polls.amocrm.FULL", 2)
    at = unix() + 60
    crm.answer = Amo([lead(n, at) for n in range(7)])
    await amo(crm, world)
    await drain()
    assert await Delivery.all().count() == 7


async def test_amocrm_leads_from_before_come_only_by_their_stage(crm: Crm, world: World) -> None:
    old = lead(1, unix() - 86_400) | {"updated_at": unix() + 5}
    crm.answer = Amo([old, lead(2, unix() + 5)])
    await amo(crm, world)
    await drain()
    assert [one.key for one in await Delivery.all()] == ["2"]
    await Source.all().delete()
    await Delivery.all().delete()
    await Poll.all().delete()
    await Mark.all().delete()
    await amo(crm, world, poll_stage="1300:142")
    await drain()
    assert "filter[statuses][0][pipeline_id]=1300&filter[statuses][0][status_id]=142" in unquote(crm.asked[-1])
    assert await Delivery.all().count() == 2


async def test_a_stage_is_two_numbers(crm: Crm, world: World) -> None:
    with pytest.raises(Refusal) as refused:
        await amo(crm, world, poll_stage="новая")
    assert refused.value.data["field"] == "poll_stage"


async def test_amocrm_says_wait(crm: Crm, world: World) -> None:
    crm.answer = lambda request: web.Response(status=429, headers={"Retry-After": "900"})
    await amo(crm, world)
    await drain()
    poll = await Poll.get()
    assert (poll.trouble, pause(poll)) == ("slow_down", timedelta(minutes=15))


async def test_who_asks_too_soon_waits_behind_those_before() -> None:
    at, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))

    pace = Pace(lambda: at[0], sleep)
    for name in ("a", "a", "a", "b"):
        await pace.wait(name, 0.2)
    at[0] = 107.0
    await pace.wait("a", 0.2)
    assert slept == [0.2, 0.4]


def issue(number: int, made: datetime, **more: Any) -> dict[str, Any]:
    return {**shape("okdesk_issue"), "id": number, "created_at": made.isoformat(timespec="milliseconds"), **more}


async def test_okdesk_brings_issues_by_pages_and_looks_back_a_day(
    crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.polls.okdesk.FULL", 2)
    made = now() + timedelta(minutes=1)
    rows = [issue(1, made - timedelta(hours=1)), *(issue(n, made + timedelta(seconds=n)) for n in range(2, 6))]

    def answer(request: web.Request) -> Any:
        start = (int(request.query["page[number]"]) - 1) * 2
        return rows[start : start + 2]

    crm.answer = answer
    await connect(crm, world, "okdesk-poll", {"token": "k&y"}, poll_url=crm.base)
    await drain()
    first = unquote(crm.asked[0])
    assert first.startswith("GET /api/v1/issues/list?created_since=")
    assert first.endswith(
        "&sorting[field]=created_at&sorting[direction]=forward&page[size]=2&page[number]=1&api_token=k&y"
    )
    assert sorted(one.key for one in await Delivery.all()) == ["2", "3", "4", "5"]
    crm.asked.clear()
    rows.append(issue(6, made + timedelta(days=2)))
    assert (await again()).came == 1
    rows.append(issue(7, made + timedelta(days=2)))
    crm.asked.clear()
    assert (await again()).came == 1
    assert crm.asked[0].split("created_since=")[1][:10] == (made + timedelta(days=1)).strftime("%d-%m-%Y")


OKDESK: list[tuple[Any, str]] = [
    ({"errors": "Неверный ключ"}, "Неверный ключ"),
    ({"errors": {"base": ["нет прав", "или ключа"]}}, "нет прав, или ключа"),
    ({"errors": [1, {}]}, "1"),
    ({"errors": {"a": {"b": 1}}}, "errors"),
]


@pytest.mark.parametrize(("answer", "text"), OKDESK)
async def test_okdesk_names_what_is_wrong(crm: Crm, world: World, answer: Any, text: str) -> None:
    crm.answer = lambda request: answer
    await connect(crm, world, "okdesk-poll", TOKEN, poll_url=crm.base)
    await drain()
    poll = await Poll.get()
    assert (poll.trouble, poll.facts["text"]) == ("said", text)


class Hub:
    """HubEx: gives a pass for the service token, and lists tasks to who shows one that is good."""

    def __init__(self, tasks: dict[str, Any]) -> None:
        self.tasks, self.good, self.given = tasks, set[str](), 0

    def __call__(self, request: web.Request) -> Any:
        assert request.headers["X-Application-ID"] == "5"
        if request.path == "/fsm/AUTHZ/AccessTokens":
            self.given += 1
            self.good.add(f"jwt-{self.given}")
            return {"access_token": f"jwt-{self.given}", "expires_in": 1800, "token_type": "Bearer"}
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.good:
            return web.Response(status=401)
        start, most = int(request.query["offset"]), int(request.query["fetch"])
        page = dict(list(self.tasks.items())[start : start + most])
        return web.json_response(page, status=206) if page else web.Response(status=204)


async def hubex(crm: Crm, world: World) -> None:
    await connect(crm, world, "hubex", TOKEN, poll_url=f"{crm.base}/fsm")


async def test_hubex_brings_tasks_with_their_contacts(crm: Crm, world: World) -> None:
    crm.answer = hub = Hub(shape("hubex_tasks"))
    await hubex(crm, world)
    await drain()
    assert json.loads(crm.bodies[0]) == {"serviceToken": "s3cret-token"}
    assert crm.asked[0] == "POST /fsm/AUTHZ/AccessTokens"
    asked = crm.asked[1].partition("?")
    assert asked[0] == "GET /fsm/WORK/Tasks"
    assert asked[2].endswith("&isClosed=false&isDeleted=false&orderBy=1&sortDirection=1&offset=0&fetch=100")
    since = datetime.fromisoformat(asked[2].split("=")[1].split("&")[0].replace("%3A", ":")).replace(tzinfo=UTC)
    assert abs(since - now()) < timedelta(minutes=5)
    assert await follow() == ["order", "order"]
    first = (await Order.all().order_by("id"))[0]
    assert (first.customer_id, first.words) == (world.azbuka, "Не работает принтер\nХолодильник")
    assert hub.given == 1


async def test_a_pass_is_kept_until_it_ends_and_then_asked_for_anew(crm: Crm, world: World) -> None:
    crm.answer = hub = Hub(shape("hubex_tasks"))
    await hubex(crm, world)
    await drain()
    assert ((await again()).trouble, hub.given) == ("", 1)
    hub.good.clear()
    poll = await again()
    assert (poll.trouble, hub.given, poll.looked) == ("", 2, 2)


async def test_hubex_by_pages(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.hubex.FULL", 3)
    monkeypatch.setattr("core.sources.polls.hubex.AGAIN", 1)
    task = shape("hubex_tasks")["5135"]
    crm.answer = Hub({str(n): task for n in range(1, 7)})
    await hubex(crm, world)
    await drain()
    assert await Delivery.all().count() == 6
    assert [one.rpartition("offset=")[2] for one in crm.asked[1:]] == [f"{n}&fetch=3" for n in (0, 2, 4)]


async def test_a_task_that_is_closed_between_two_pages_hides_none(
    crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.polls.hubex.FULL", 3)
    monkeypatch.setattr("core.sources.polls.hubex.AGAIN", 1)
    task = shape("hubex_tasks")["5135"]
    hub = Hub({str(n): task for n in range(1, 6)})

    def answer(request: web.Request) -> Any:
        said = hub(request)
        if request.query.get("offset") == "0":
            del hub.tasks["1"]
        return said

    crm.answer = answer
    await hubex(crm, world)
    await drain()
    assert await Delivery.all().count() == 5


async def test_a_server_that_knows_no_pages_ends(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.hubex.FULL", 2)
    monkeypatch.setattr("core.sources.polls.hubex.AGAIN", 0)
    hub, whole = Hub({}), shape("hubex_tasks")
    crm.answer = lambda request: hub(request) if "AUTHZ" in request.path else whole
    await hubex(crm, world)
    await drain()
    assert (len(crm.asked), (await Poll.get()).trouble) == (3, "")


def gate(answer: Callable[[], Any]) -> Callable[[web.Request], Any]:
    return lambda request: answer()


GATES: dict[str, tuple[Callable[[], Any], str]] = {
    "a wrong service token": (lambda: web.Response(status=401), "denied"),
    "too often": (lambda: web.Response(status=429), "slow_down"),
    "a page in HTML": (lambda: web.Response(text="<html>", content_type="text/html"), "no_pass"),
    "no token in it": (lambda: {"token": "x"}, "no_pass"),
    "a token that can't stand in a header": (lambda: {"access_token": "a\r\nb"}, "no_pass"),
    "a list": (lambda: [1], "no_pass"),
    "broken": (lambda: web.Response(status=500), "theirs"),
}


@pytest.mark.parametrize("name", GATES)
async def test_no_pass_is_told_in_plain_words(crm: Crm, world: World, name: str) -> None:
    answer, code = GATES[name]
    crm.answer = gate(answer)
    await hubex(crm, world)
    await drain()
    assert ((await Poll.get()).trouble, len(crm.asked)) == (code, 1)


async def test_a_pass_that_is_never_good(crm: Crm, world: World) -> None:
    hub = Hub({})
    crm.answer = lambda request: hub(request) if "AUTHZ" in request.path else web.Response(status=401)
    await hubex(crm, world)
    await drain()
    assert ((await Poll.get()).trouble, hub.given) == ("denied", 1)
    assert ((await again()).trouble, hub.given) == ("denied", 2)


KINDS = ("amocrm-poll", "okdesk-poll", "hubex")
BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "a page in HTML": (lambda: web.Response(text="<html>502</html>", content_type="text/html"), "not_json"),
    "a huge one": (lambda: web.Response(body=b'{"a": "' + b"a" * (9 << 20) + b'"}'), "too_long"),
    "a wrong key": (lambda: web.Response(status=403), "denied"),
    "too often": (lambda: web.Response(status=429, headers={"Retry-After": "1200"}), "slow_down"),
    "another shape": (lambda: 5, "no_list"),
    "things without keys": (lambda: None, ""),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
async def test_bad_answers_are_named(crm: Crm, world: World, kind: str, name: str) -> None:
    answer, code = BAD[name]
    hub = Hub({})
    crm.answer = lambda request: hub(request) if "AUTHZ" in request.path else answer()
    await connect(crm, world, kind, TOKEN, poll_url=crm.base if kind != "hubex" else f"{crm.base}/fsm")
    await drain()
    poll = await Poll.get()
    assert poll.trouble == (code or poll.trouble)
    assert (pause(poll) == timedelta(minutes=20)) == (name == "too often")
    assert await Delivery.all().count() == await Request.all().count() == 0


NAMES = (
    *("id", "_embedded", "leads", "created_at", "updated_at", "timesheet", "created", "errors"),
    *("custom_fields_values", "field_name", "values", "value"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=20,
)
PLACES = st.fixed_dictionaries({"from": st.just("2026-11-22T10:00:00+03:00")})


@pytest.mark.parametrize("kind", KINDS)
@given(said=JSON, place=PLACES)
def test_whatever_is_said_is_read_or_named(kind: str, said: Any, place: dict[str, Any]) -> None:
    known = SourceView("crm", kind, "Их", True, TOKEN, {"poll_url": "https://crm.test"}, {})
    for thing in (said, [said], {"_embedded": {"leads": [said]}}, {"1": said}):
        try:
            page = VENDORS[kind].read(known, place, thing, datetime(2026, 11, 22, 10, tzinfo=UTC))
        except Trouble:
            continue
        VENDORS[kind].ask(known, {**place, **json.loads(json.dumps(page.place))})
