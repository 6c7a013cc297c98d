"""The door over HTTP, on the real database: judged, committed raw, answered as the vendor wants it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.inbox.models import Delivery
from core.kernel.clock import now
from core.kernel.links import links
from core.kernel.work import work
from core.sources import actions as sources
from core.sources.kept import unpack
from core.sources.models import Source
from tests.webhooks.deliveries import b64, mac, shape, urlencoded, written
from webhooks.route import HooksDoor

Client = TestClient[Any, Any]


@pytest.fixture
async def door(desk: str) -> AsyncIterator[tuple[HooksDoor, Client]]:
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield hooks, client
    await hooks.intake.close()


@pytest.fixture
def client(door: tuple[HooksDoor, Client]) -> Client:
    return door[1]


async def connect(source_id: str, kind: str, **given: str) -> dict[str, str]:
    async with work():
        return await sources.add_source(source_id, kind, source_id, given)


def signed(secret: str, delivery: str, body: bytes, at: int | None = None) -> dict[str, str]:
    """Headers of a Standard Webhooks delivery."""
    import base64

    at = at or int(now().timestamp())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    proof = b64(mac(key, f"{delivery}.{at}.".encode() + body))
    return {"webhook-id": delivery, "webhook-timestamp": str(at), "webhook-signature": f"v1,{proof}"}


async def answered(
    client: Client, path: str, body: bytes = b"", method: str = "POST", **options: Any
) -> tuple[int, str]:
    async with client.request(method, path, data=body, **options) as answer:
        return answer.status, await answer.text()


ORDER = written({"type": "order.created", "data": {"id": "7", "title": "Не морозит"}})


async def test_a_genuine_delivery_is_committed_sealed_before_the_answer(client: Client) -> None:
    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    assert await answered(client, "/hooks/crm", ORDER, headers=signed(secret, "d1", ORDER)) == (200, "")
    row = await Delivery.get()
    assert (row.source, row.key, row.done_at) == ("hook:crm", "d1", None)
    assert "Не морозит".encode() not in row.body
    kept = unpack("crm", row.body)
    assert (kept.body, kept.action, kept.method) == (ORDER, "process", "POST")
    assert kept.normalized["event"] == "order.created"


async def test_a_copy_is_acknowledged_and_is_nothing(client: Client) -> None:
    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    for _ in range(3):
        assert (await answered(client, "/hooks/crm/any/tail", ORDER, headers=signed(secret, "d1", ORDER)))[0] == 200
    assert await Delivery.all().count() == 1


async def test_forged_ones_are_counted_and_not_stored(door: tuple[HooksDoor, Client]) -> None:
    hooks, client = door
    await connect("crm", "standardwebhooks")
    for n in range(3):
        status, text = await answered(client, "/hooks/crm", ORDER, headers=signed("whsec_AAAA", f"d{n}", ORDER))
        assert (status, text) == (401, "")
    await hooks.intake.close()
    row = await Source.get()
    assert (row.refused, row.refused_why) == (3, "no matching signature")
    assert await Delivery.all().count() == 0


async def test_no_such_address_and_a_source_that_is_off_look_alike(client: Client) -> None:
    await connect("okd", "okdesk")
    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    async with work():
        await sources.change_source("crm", active=False)
    nowhere = await answered(client, "/hooks/nobody", ORDER)
    assert nowhere == (404, "")
    assert await answered(client, "/hooks/crm", ORDER, headers=signed(secret, "d1", ORDER)) == nowhere
    assert await answered(client, "/hooks/okd/wrong-secret", ORDER) == nowhere
    assert await answered(client, "/hooks/a%00b", ORDER) == nowhere


async def test_a_path_secret_stands_last(client: Client) -> None:
    token = (await connect("okd", "okdesk"))["path_token"]
    body = written(shape("okdesk", "status"))
    assert (await answered(client, f"/hooks/okd/{token}", body))[0] == 200
    assert (await answered(client, f"/hooks/okd/{token}x", body))[0] == 404
    assert await Delivery.all().count() == 1


async def test_too_much_is_not_read(door: tuple[HooksDoor, Client]) -> None:
    hooks, client = door
    await connect("crm", "standardwebhooks")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (1 << 16)

    assert (await answered(client, "/hooks/crm", b"x" * ((1 << 20) + 1)))[0] == 413
    async with client.post("/hooks/crm", data=endless()) as answer:
        assert answer.status == 413
    packed = gzip.compress(b"x" * (1 << 22))
    assert (await answered(client, "/hooks/crm", packed, headers={"Content-Encoding": "gzip"}))[0] == 415
    await hooks.intake.close()
    assert (await Source.get()).refused == 3


async def test_challenges_are_answered_and_not_stored(client: Client) -> None:
    await connect("ats", "zadarma", api_secret="s")
    verify = (await connect("wa", "whatsapp", app_secret="s"))["verify_token"]
    secret = (await connect("vk", "vk", confirmation="c0de", group_id="9001"))["secret"]
    assert await answered(client, "/hooks/ats?zd_echo=abc", method="GET") == (200, "abc")
    asked = f"/hooks/wa?hub.mode=subscribe&hub.verify_token={verify}&hub.challenge=42"
    assert await answered(client, asked, method="GET") == (200, "42")
    body = written({"type": "confirmation", "group_id": 9001, "secret": secret})
    assert await answered(client, "/hooks/vk", body) == (200, "c0de")
    assert await Delivery.all().count() == 0


async def test_the_vendors_own_words_are_kept_for_a_copy_too(client: Client) -> None:
    secret = (await connect("vk", "vk", confirmation="c0de", group_id="9001"))["secret"]
    message = {"from_id": 5, "peer_id": 5, "text": "Течёт"}
    said = {"type": "message_new", "group_id": 9001, "secret": secret, "event_id": "e1", "object": {"message": message}}
    for _ in range(2):
        assert await answered(client, "/hooks/vk", written(said)) == (200, "ok")
    assert await Delivery.all().count() == 1


async def test_a_mailgun_token_is_believed_once(client: Client) -> None:
    await connect("mail", "mailgun", webhook_signing_key="k")
    at = str(int(now().timestamp()))
    fields = {"timestamp": at, "token": "t1", "signature": mac("k", f"{at}t1".encode()).hex(), "sender": "a@b.test"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await answered(client, "/hooks/mail", urlencoded(fields), headers=form))[0] == 200
    assert (await answered(client, "/hooks/mail", urlencoded({**fields, "sender": "c@d.test"}), headers=form))[0] == 406
    assert await Delivery.all().count() == 1


async def test_a_batch_that_is_partly_known_is_not_lost(client: Client) -> None:
    await connect("wa", "whatsapp", app_secret="s")

    async def send(*ids: str) -> int:
        messages = [{"id": one, "from": "79161234567", "type": "text", "text": {"body": one}} for one in ids]
        value = {"entry": [{"changes": [{"value": {"messages": messages}}]}], "object": "whatsapp_business_account"}
        body = written(value)
        headers = {"X-Hub-Signature-256": "sha256=" + mac("s", body).hex()}
        return (await answered(client, "/hooks/wa", body, headers=headers))[0]

    assert await send("m1") == 200
    assert await send("m1") == 200
    assert await send("m1", "m2") == 200
    rows = await Delivery.all().order_by("id")
    assert [row.key for row in rows] == ["m1", "m2"]
    assert unpack("wa", rows[1].body).normalized["id"] == "m2"


async def test_the_public_address_is_what_was_signed(client: Client) -> None:
    await connect("hub", "hubspot", client_secret="s")
    at = str(int(now().timestamp() * 1000))
    body = written([{"eventId": 5, "subscriptionType": "deal.creation", "objectId": 9}])
    proof = b64(mac("s", b"POSThttps://desk.firma.test/hooks/hub/a b?x=1".replace(b" ", b"%20") + body + at.encode()))
    headers = {"X-HubSpot-Signature-v3": proof, "X-HubSpot-Request-Timestamp": at}
    links.public = "https://desk.firma.test"
    try:
        assert (await answered(client, "/hooks/hub/a%20b?x=1", body, headers=headers))[0] == 200
    finally:
        links.public = None
    assert (await Delivery.get()).key == "5"


async def test_many_at_once_share_statements_and_each_is_kept_once(client: Client) -> None:
    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    names = [f"d{n % 50}" for n in range(100)]

    async def vendor(name: str) -> int:
        """Comes again when it is told to: on a starved machine the tables may be out of reach for a moment."""
        status = 503
        for _ in range(20):
            if status == 503:
                status, _ = await answered(client, "/hooks/crm", ORDER, headers=signed(secret, name, ORDER))
        return status

    assert set(await asyncio.gather(*(vendor(name) for name in names))) == {200}
    assert await Delivery.all().count() == 50


async def test_what_cannot_be_kept_is_not_acknowledged(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = (await connect("crm", "standardwebhooks"))["whsec"]

    async def broken(*_: object) -> dict[str, int]:
        raise OSError("no database")

    monkeypatch.setattr("core.inbox.actions.accept", broken)
    assert (await answered(client, "/hooks/crm", ORDER, headers=signed(secret, "d1", ORDER)))[0] == 503


async def test_a_locked_source_believes_nothing(client: Client) -> None:
    from core.kernel import ids

    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    ids.use(ids.Keys(["quite another secret"]))
    assert (await answered(client, "/hooks/crm", ORDER, headers=signed(secret, "d1", ORDER)))[0] == 503
    assert await Delivery.all().count() == 0


async def test_odd_values_are_kept(client: Client) -> None:
    secret = (await connect("crm", "standardwebhooks"))["whsec"]
    body = json.dumps({"type": "x", "data": {"a": 1 << 80, "b": "\ud800\0", "c": None}}).encode()
    assert (await answered(client, "/hooks/crm", body, headers=signed(secret, "d1", body)))[0] == 200
    assert unpack("crm", (await Delivery.get()).body).normalized["data"]["a"] == 1 << 80
