"""Another system is connected on a page, its secret told once; what it brought is looked at and followed again."""

import re

import pytest

from core.inbox import actions as inbox
from core.inbox.models import Delivery
from core.kernel.clock import now
from core.kernel.words import words
from core.kernel.work import work
from core.orders.models import Order
from core.sources import actions, requests
from core.sources.kept import Kept, inbox_of, pack
from core.sources.models import Request, Source
from core.sources.queries import source
from core.sources.rules import KINDS
from core.sources.worker import Follower
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor
from tests.world import World

T = words("admin", "ru")
DATA = {"id": "7", "title": "Не морозит <b>витрина</b>", "other": {"text": "У входа"}}
UNFINISHED = {"words": "Шумит", "missing": ["customer", "site"]}


async def brought(source_id: str, **data: object) -> int:
    """A delivery of an order as the door keeps it, with the secret in a header."""
    secret = next(iter((await source(source_id)).secret.values()))
    said = {"event": "order.created", "data": {**DATA, **data}}
    kept = Kept("POST", f"https://desk.test/hooks/{source_id}", (("X-Key", secret),), b"{}", "process", now(), "", said)
    ids = await inbox.accept(inbox_of(source_id), [(f"k{data}", 1, pack(source_id, kept))])
    return next(iter(ids.values()))


@pytest.fixture
async def crm(world: World) -> str:
    async with work():
        return (await actions.add_source("crm", "standardwebhooks", "Их CRM"))["whsec"]


async def test_a_source_is_connected_and_its_secret_told_once(admin: Visitor) -> None:
    assert T.text("sources.none") in (await admin.get("/admin/sources"))[1]
    answer = await send(admin, "/admin/sources/new/okdesk", {"id": "okd", "name": "Их Okdesk"})
    token = (await source("okd")).secret["path_token"]
    assert (answer.status, f"/hooks/okd/{token}" in answer.text) == (200, True)
    for path in ("/admin/sources", "/admin/sources/okd", "/admin/deliveries"):
        status, text = await admin.get(path)
        assert (status, token in text) == (200, False), path
        assert "Их Okdesk" in text
    renewed = await send(admin, "/admin/sources/okd/renew/path_token")
    assert (await source("okd")).secret["path_token"] in renewed.text
    assert token not in renewed.text


NEEDED = {
    "imap": {"imap_url": "imaps://mail.example", "imap_user": "desk"},
    "smtp": {"mail_address": "desk@in.example"},
    "ses-sns": {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:desk"},
    "asterisk-ari": {"ari_url": "https://pbx.example.com:8089/ari", "ari_user": "desk"},
    "rest": {"poll_url": "https://crm.example.com/orders"},
    "bitrix24-poll": {"poll_url": "https://b.example.com/rest/1"},
    "amocrm-poll": {"poll_url": "https://a.amocrm.ru", "poll_stage": "31:142"},
    "okdesk-poll": {"poll_url": "https://o.okdesk.ru"},
    "hubex": {"poll_url": "https://api.hubex.ru/fsm"},
    "1c-odata": {"poll_url": "https://1c.example.com/b/odata", "poll_entity": "Document_Order", "poll_user": "x"},
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_has_a_form_that_connects_it(admin: Visitor, kind: str) -> None:
    status, text = await admin.get(f"/admin/sources/new/{kind}")
    assert status == 200
    fields = set(re.findall(r'name="(secret\.[^"]+)"', text))
    assert fields == {f"secret.{one.name}" for one in KINDS[kind].secrets if not one.make}
    typed = {"id": "x1", "name": "X", **dict.fromkeys(fields, "9001"), **NEEDED.get(kind, {})}
    answer = await send(admin, f"/admin/sources/new/{kind}", typed)
    assert answer.status == 200, answer.said
    status, text = await admin.get("/admin/sources/x1")
    assert status == 200
    assert "9001" not in text


async def test_what_is_wrong_is_said_at_its_field(admin: Visitor) -> None:
    answer = await send(admin, "/admin/sources/new/zadarma", {"id": "ats", "name": "АТС"})
    assert (answer.status, answer.field) == (409, "secret.api_secret")
    answer = await send(admin, "/admin/sources/new/jira", {"id": "A B", "name": "x"})
    assert answer.status == 409
    for nasty in NASTY.values():
        answer = await send(admin, "/admin/sources/new/jira", {"id": nasty, "name": nasty})
        assert answer.status == 409, nasty
    assert not await Source.all()
    assert (await admin.get("/admin/sources/new/none"))[0] == 404
    assert (await admin.get("/admin/sources/none"))[0] == 404


async def test_the_mapping_is_shown_on_the_last_delivery_before_it_is_saved(admin: Visitor, crm: str) -> None:
    assert T.text("sources.preview.none") in (await admin.get("/admin/sources/crm"))[1]
    await brought("crm")
    text = (await admin.get("/admin/sources/crm"))[1]
    assert "Не морозит &lt;b&gt;витрина" in text
    seen = await send(admin, "/admin/sources/crm/preview", {"path.words": "data.other.text"})
    assert "У входа" in seen.text
    assert "Не морозит" not in seen.text
    assert (await Source.get()).mapping["paths"] == {}
    answer = await send(admin, "/admin/sources/crm/preview", {"path.words": "a..b"})
    assert (answer.status, answer.field) == (409, "path.words")


async def test_a_saved_mapping_and_one_press_make_the_order(admin: Visitor, crm: str, world: World) -> None:
    number = await brought("crm")
    assert await Follower().run_one()
    assert T.text("sources.what.request") in (await admin.get("/admin/deliveries"))[1]
    typed = {"name": "CRM", "path.words": "data.title", "path.external": "data.id", "urgency": "high"}
    answer = await send(
        admin, "/admin/sources/crm", {**typed, "customer": str(world.bakery), "events": "order.created"}
    )
    assert answer.done, answer.said
    assert (await source("crm")).secret == {"whsec": crm}
    assert (await send(admin, "/admin/sources/crm/test")).where == f"/admin/deliveries/{number}"
    assert await Follower().run_one()
    order = await Order.get()
    assert (order.customer_id, order.urgency, order.words) == (world.bakery, "high", DATA["title"])
    assert f"/admin/orders/{order.id}" in (await admin.get(f"/admin/deliveries/{number}"))[1]


async def test_a_raw_delivery_is_shown_without_its_secret(admin: Visitor, crm: str) -> None:
    number = await brought("crm")
    status, text = await admin.get(f"/admin/deliveries/{number}")
    assert (status, crm in text, "•••" in text) == (200, False, True)
    assert T.text("sources.what.waiting") in text
    assert (await send(admin, f"/admin/deliveries/{number}/again")).status == 404
    assert await Follower().run_one()
    assert (await send(admin, f"/admin/deliveries/{number}/again")).done
    assert (await Delivery.get()).done_at is None


LETTER = {"event": "mail.stored", "subject": "Витрина", "stored": {"bucket": "b-1", "key": "k"}}


async def test_a_letter_that_cannot_be_had_says_what_to_mend(admin: Visitor) -> None:
    async with work():
        await actions.add_source("ses", "ses-sns", "SES", {"secret_access_key": "s3cret-key"}, NEEDED["ses-sns"])
    text = (await admin.get("/admin/sources/ses"))[1]
    assert "s3cret-key" not in text
    assert all(f'name="{one}"' in text for one in (*KINDS["ses-sns"].settings, "secret.secret_access_key"))
    typed = {"name": "SES", **NEEDED["ses-sns"], "s3_bucket": "letters"}
    answer = await send(admin, "/admin/sources/ses", typed)
    assert (answer.status, answer.field) == (409, "s3_region")
    kept = Kept("POST", "https://desk.test/hooks/ses", (), b"{}", "process", now(), "", LETTER)
    number = (await inbox.accept(inbox_of("ses"), [("m-1", 1, pack("ses", kept))]))["m-1"]
    assert await Follower().run_one()
    text = (await admin.get(f"/admin/deliveries/{number}"))[1]
    assert T.text("sources.what.refused") in text
    assert "«b-1»" in text
    assert "secret_access_key" in text
    typed |= {"s3_region": "eu-west-1", "s3_access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    assert (await send(admin, "/admin/sources/ses", typed)).done
    assert (await source("ses")).secret == {"secret_access_key": "s3cret-key"}
    assert (await send(admin, f"/admin/deliveries/{number}/again")).done
    assert await Follower().run_one()
    assert T.text("sources.what.refused") in (await admin.get(f"/admin/deliveries/{number}"))[1]


async def test_deliveries_of_others_are_not_theirs_to_open(admin: Visitor, crm: str) -> None:
    ids = await inbox.accept("tg:customer", [("1", 5, b"{}")])
    assert (await admin.get(f"/admin/deliveries/{ids['1']}"))[0] == 404
    assert (await send(admin, f"/admin/deliveries/{ids['1']}/again")).status == 404


async def test_it_is_turned_off_and_on(admin: Visitor, crm: str) -> None:
    for state, active in (("off", False), ("on", True)):
        assert (await send(admin, f"/admin/sources/crm/{state}")).done
        assert (await Source.get()).active is active


async def test_a_dispatcher_sees_requests_but_no_sources(dispatcher: Visitor, world: World, crm: str) -> None:
    assert (await dispatcher.get("/admin/sources"))[0] == 403
    assert (await dispatcher.get("/admin/deliveries"))[0] == 403
    assert T.text("requests.none") in (await dispatcher.get("/admin/requests"))[1]
    async with work():
        call = await requests.ask("crm", "call:1", "call", "ringing", "+79161000003")
        await requests.ask(
            "crm", "order:1", "order", "waiting", facts={"words": "Шумит", "missing": ["customer", "site"]}
        )
    text = (await dispatcher.get("/admin/requests"))[1]
    for said in ("Марат Галеев", "Пекарня", "Шумит", T.text("sources.missing.customer")):
        assert said in text
    answer = await send(dispatcher, f"/admin/requests/{call}/order")
    assert answer.where == f"/admin/orders/{(await Order.get()).id}"
    assert (await send(dispatcher, f"/admin/requests/{call}/order")).status == 409


async def test_a_dispatcher_chooses_whose_it_is(dispatcher: Visitor, world: World, crm: str) -> None:
    async with work():
        number = await requests.ask(
            "crm", "order:1", "order", "waiting", facts={"words": "Шумит", "missing": ["customer"]}
        )
    assert (await send(dispatcher, f"/admin/requests/{number}/order")).status == 409
    status, text = await dispatcher.get(f"/admin/requests/{number}?customer={world.azbuka}")
    assert (status, "Арбат" in text) == (200, True)
    chosen = {"customer": str(world.azbuka), "site": str(world.arbat)}
    assert (await send(dispatcher, f"/admin/requests/{number}/order", chosen)).done
    order = await Order.get()
    assert (order.customer_id, order.site_id, order.words) == (world.azbuka, world.arbat, "Шумит")
    other = await requests_page(dispatcher)
    assert "Шумит" not in other


async def requests_page(visitor: Visitor) -> str:
    return (await visitor.get("/admin/requests"))[1]


async def test_what_needs_nothing_is_put_aside(dispatcher: Visitor, crm: str) -> None:
    async with work():
        number = await requests.ask("crm", "message:1", "message", "waiting", facts={"words": "Спасибо"})
    assert (await send(dispatcher, f"/admin/requests/{number}/done")).done
    assert (await Request.get()).state == "done"
    assert (await dispatcher.get(f"/admin/requests/{number}"))[0] == 200
    assert (await dispatcher.get("/admin/requests/999"))[0] == 404
