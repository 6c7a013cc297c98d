"""Answers into the system that orders come from are set up on a page."""

import pytest

from core.files import actions as files
from core.hooks.actions import subscribe
from core.hooks.models import Handed, Outgoing, Subscription, Want
from core.hooks.rules import COMMENTS
from core.hooks.saying import LINK
from core.hooks.vendors import VENDORS
from core.kernel.ids import keys
from core.kernel.words import words
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.people.models import Member
from core.sources import actions as sources
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor
from tests.world import World

T = words("admin", "ru")
GOOD = {
    "name": "Их Jira", "url": "https://crm.example.com/", "token": "s3cret-token", "setting.email": "a@b.ru",
    "status.done": "31", "comment": ["order.finished", "act.signed"],
    "setting.author_id": "3", "file": ["act.printed"], "fact.act_number": "UF_ACT", "fact.reading.temp": "UF_TEMP",
}  # fmt: skip


@pytest.fixture
async def crm(world: World) -> None:
    async with work():
        await sources.add_source("crm", "jira", "Их Jira")


@pytest.mark.parametrize("kind", [one for one in VENDORS if one != "calls"])
async def test_every_vendor_has_a_form_that_connects_it(admin: Visitor, crm: None, world: World, kind: str) -> None:
    status, text = await admin.get(f"/admin/write-backs/new/crm?kind={kind}")
    assert (status, T.text(f"backs.url.{kind}") in text) == (200, True)
    answer = await send(admin, f"/admin/write-backs/new/crm/{kind}", GOOD)
    number = (await Subscription.get()).id
    assert answer.where == f"/admin/hooks/{number}"
    async with work():
        order = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="x", source="crm")
        await sources.link("crm", "42", order)
        await orders.cancel(order, "Передумали")
    assert not await Outgoing.all(), "neither was asked for"
    for path in (f"/admin/hooks/{number}", f"/admin/write-backs/{number}", "/admin/hooks"):
        status, text = await admin.get(path)
        assert (status, "s3cret-token" in text) == (200, False), path
    status, text = await admin.get(f"/admin/write-backs/{number}")
    assert text.count('value="UF_') == 2, "what was mapped stands in its fields"
    assert text.count("checked") == 3
    changed = {**GOOD, "token": "", "status.done": "41", "comment": ["order.closed"], "file": [], "fact.act_number": ""}
    assert (await send(admin, f"/admin/write-backs/{number}", changed)).done
    config = (await Subscription.get()).config
    assert (config["statuses"], config["fields"]) == ({"done": "41"}, {"reading.temp": "UF_TEMP"})
    assert sorted([(one.type, one.part) for one in await Want.all()]) == [
        ("order.closed", "comment"), ("order.finished", "fields"), ("order.finished", "status")
    ]  # fmt: skip
    assert (await send(admin, f"/admin/hooks/{number}/try")).status == 409
    assert (await send(admin, f"/admin/hooks/{number}/rotate")).status == 409


async def test_what_is_wrong_is_said(admin: Visitor, dispatcher: Visitor, crm: None) -> None:
    path = "/admin/write-backs/new/crm/jira"
    wrong = (
        ("token", {"token": ""}),
        ("url", {"url": "https://10.0.0.1"}),
        ("comment", {"comment": [], "file": [], "status.done": "", "fact.act_number": "", "fact.reading.temp": ""}),
        ("fact.act_number", {"fact.act_number": "два слова"}),
        ("fact.reading.temp", {"fact.reading.temp": "UF_ACT"}),
    )
    for field, change in wrong:
        answer = await send(admin, path, {**GOOD, **change})
        assert (answer.status, answer.field) == (409, field), answer.said
    for nasty in NASTY.values():
        assert (await send(admin, path, {**GOOD, "url": nasty, "comment": nasty})).status == 409
        assert (await send(admin, path, {**GOOD, "file": nasty})).status == 409
    assert (await send(admin, "/admin/write-backs/new/crm/none", GOOD)).status == 409
    assert (await send(admin, "/admin/write-backs/new/none/jira", GOOD)).status == 404
    assert (await admin.get("/admin/write-backs/999"))[0] == 404
    assert (await admin.get("/admin/write-backs"))[0] == 200
    assert (await dispatcher.get("/admin/write-backs"))[0] == 403
    assert not await Subscription.all()
    assert all(T.has(f"hooks.type.{kind}") for kind in COMMENTS)


async def test_a_mapping_is_tried_while_it_is_typed(
    admin: Visitor, dispatcher: Visitor, crm: None, world: World
) -> None:
    path, typed = "/admin/write-backs/preview/crm", {"fact.reading.temp": "UF_TEMP", "fact.technician": "UF_WHO:text"}
    answer = await send(admin, path, {"fact.eta": ""})
    assert T.text("backs.preview.none") in answer.text
    answer = await send(admin, path, typed)
    assert (answer.status, answer.text.count(T.text("backs.preview.example"))) == (200, 2)
    assert all(shown in answer.text for shown in ("UF_TEMP", "-18.5", "UF_WHO", "Пётр Ким"))
    async with work():
        await subscribe("CRM", "https://crm.example.com/x", ["order.assigned"])
    async with work():
        order = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="x", source="crm")
        await sources.link("crm", "42", order)
        await orders.assign((await Job.get(order_id=order)).id, world.rashid)
    answer = await send(admin, path, typed)
    assert answer.text.count(T.text("backs.preview.example")) == 1
    assert f"№\u00a0{order}" in answer.text
    assert (await Member.get(id=world.rashid)).name in answer.text
    assert not await Subscription.filter(kind="jira"), "nothing is saved"
    for wrong in ({"fact.weather": "x"}, {"fact.eta": "a:b"}):
        assert (await send(admin, path, wrong)).status == 409
    assert (await send(admin, "/admin/write-backs/preview/none", typed)).status == 404
    assert (await send(dispatcher, path, typed)).status == 403


async def test_a_private_link_opens_one_file_while_the_connection_stands(
    admin: Visitor, stranger: Visitor, crm: None, world: World
) -> None:
    assert (await send(admin, "/admin/write-backs/new/crm/jira", GOOD)).done
    hook, kept = await Subscription.get(), await files.put_bytes(b"%PDF-1.7 act")
    async with work():
        file_id = await files.store(kept, kind="act", name="акт.pdf", mime="application/pdf")
    row = await Handed.create(subscription_id=hook.id, external="SD-1", file_id=file_id)
    path = f"/handed/{keys().sign(LINK, row.id)}"
    async with stranger.client.get(path) as answer:
        assert (answer.status, await answer.read()) == (200, b"%PDF-1.7 act")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Content-Disposition"].endswith("%D0%B0%D0%BA%D1%82.pdf")
    for other in (keys().sign("act", row.id), keys().sign(LINK, row.id + 1), "x", "1a-b", "%00", "ж" * 300):
        assert (await stranger.get(f"/handed/{other}"))[0] == 404, other
    assert (await send(admin, f"/admin/hooks/{hook.id}/remove")).status < 400
    assert (await stranger.get(path))[0] == 404
