"""From the bytes of a vendor over HTTP to what people see: recorded shapes, real signatures, the real database."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import core.reactions  # noqa: F401
from core.kernel.clock import now
from core.kernel.work import work
from core.orders.models import Order
from core.sources import actions as sources
from core.sources.models import Outcome, Request
from core.sources.worker import Follower
from tests.webhooks.deliveries import FORM, b64, mac, sha256, shape, urlencoded, written
from tests.world import World
from webhooks.route import HooksDoor

Client = TestClient[Any, Any]


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await hooks.intake.close()


async def follow() -> list[tuple[str, str]]:
    """What came of all that waits."""
    follower = Follower()
    while await follower.run_one():
        pass
    return [(one.event, one.what) for one in await Outcome.all().order_by("delivery_id")]


async def connect(source_id: str, kind: str, given: dict[str, str], **options: Any) -> dict[str, str]:
    async with work():
        return await sources.add_source(source_id, kind, source_id, given, **options)


async def test_a_jira_ticket_becomes_an_order(client: Client, world: World) -> None:
    secret = (await connect("jira", "jira", {}, mapping={"customer_id": world.bakery}))["secret"]
    body = written(shape("jira", "created"))
    headers = {"X-Hub-Signature": "sha256=" + mac(secret, body).hex(), "X-Atlassian-Webhook-Identifier": "w1"}
    for _ in range(2):
        async with client.post("/hooks/jira", data=body, headers=headers) as answer:
            assert answer.status == 200
    assert await follow() == [("ticket.created", "order")]
    order = await Order.get()
    assert (order.customer_id, order.site_id) == (world.bakery, world.shop)
    assert shape("jira", "created")["issue"]["fields"]["summary"] in order.words


async def test_a_call_is_shown_and_returned_when_it_was_missed(client: Client, world: World) -> None:
    await connect("ats", "mango", {"vpbx_api_key": "key", "vpbx_api_salt": "salt"})

    async def send(path: str, name: str) -> None:
        said = written(shape("mango", name)).decode()
        fields = {"vpbx_api_key": "key", "sign": sha256(f"key{said}salt".encode()), "json": said}
        async with client.post(f"/hooks/ats/events/{path}", data=urlencoded(fields), headers=[FORM]) as answer:
            assert answer.status == 200

    await send("call", "call")
    assert await follow() == [("call.answered", "call")]
    assert (await Request.get()).state == "answered"
    await send("summary", "summary_missed")
    assert (await follow())[-1] == ("call.missed", "callback")
    assert (await Request.get()).state == "missed"


async def test_a_letter_waits_for_whose_it_is(client: Client, world: World) -> None:
    await connect("mail", "mailgun", {"webhook_signing_key": "k"})
    at = str(int(now().timestamp()))
    fields = {
        **shape("mailgun", "letter"),
        "timestamp": at,
        "token": "t1",
        "signature": mac("k", f"{at}t1".encode()).hex(),
    }
    async with client.post("/hooks/mail", data=urlencoded(fields), headers=[FORM]) as answer:
        assert answer.status == 200
    assert await follow() == [("mail.received", "request")]
    assert (await Request.get()).facts["missing"] == ["customer", "site"]


async def test_what_one_person_writes_is_one_request(client: Client, world: World) -> None:
    await connect("wa", "whatsapp", {"app_secret": "s"})
    body = written(shape("whatsapp", "two_messages"))
    headers = {"X-Hub-Signature-256": "sha256=" + mac("s", body).hex()}
    async with client.post("/hooks/wa", data=body, headers=headers) as answer:
        assert answer.status == 200
    assert await follow() == [("message.received", "request")]
    request = await Request.get()
    assert request.facts["words"] == "Ворота не открываются 🔧\nВорота не открываются 🔧"


async def test_a_hubspot_batch_names_what_to_look_at(client: Client, world: World) -> None:
    await connect("hub", "hubspot", {"client_secret": "s"}, mapping={"events": ["crm.ticket.created"]})
    at, url = str(int(now().timestamp() * 1000)), str(client.make_url("/hooks/hub"))
    body = written([{"eventId": n, "subscriptionType": "ticket.creation", "objectId": 70 + n} for n in (1, 2, 3)])
    proof = b64(mac("s", f"POST{url}".encode() + body + at.encode()))
    headers = {"X-HubSpot-Signature-v3": proof, "X-HubSpot-Request-Timestamp": at}
    async with client.post("/hooks/hub", data=body, headers=headers) as answer:
        assert answer.status == 200
    assert await follow() == [("crm.ticket.created", "request")]
    assert sorted([one.facts["external"] for one in await Request.all()]) == ["71", "72", "73"]
