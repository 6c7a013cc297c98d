"""Answers into the system that orders come from are set up on a page."""

import pytest

from core.hooks.models import Outgoing, Subscription, Want
from core.hooks.rules import COMMENTS
from core.hooks.vendors import VENDORS
from core.kernel.words import words
from core.kernel.work import work
from core.orders import actions as orders
from core.sources import actions as sources
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor
from tests.world import World

T = words("admin", "ru")
GOOD = {
    "name": "Их Jira", "url": "https://crm.example.com/", "token": "s3cret-token", "setting.email": "a@b.ru",
    "status.done": "31", "comment": ["order.finished", "act.signed"],
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
    changed = {**GOOD, "token": "", "status.done": "41", "comment": ["order.closed"]}
    assert (await send(admin, f"/admin/write-backs/{number}", changed)).done
    assert (await Subscription.get()).config["statuses"] == {"done": "41"}
    assert sorted([(one.type, one.part) for one in await Want.all()]) == [
        ("order.closed", "comment"), ("order.finished", "status")
    ]  # fmt: skip
    assert (await send(admin, f"/admin/hooks/{number}/try")).status == 409
    assert (await send(admin, f"/admin/hooks/{number}/rotate")).status == 409


async def test_what_is_wrong_is_said(admin: Visitor, dispatcher: Visitor, crm: None) -> None:
    path = "/admin/write-backs/new/crm/jira"
    wrong = (
        ("token", {"token": ""}),
        ("url", {"url": "https://10.0.0.1"}),
        ("comment", {"comment": [], "status.done": ""}),
    )
    for field, change in wrong:
        answer = await send(admin, path, {**GOOD, **change})
        assert (answer.status, answer.field) == (409, field), answer.said
    for nasty in NASTY.values():
        assert (await send(admin, path, {**GOOD, "url": nasty, "comment": nasty})).status == 409
    assert (await send(admin, "/admin/write-backs/new/crm/none", GOOD)).status == 409
    assert (await send(admin, "/admin/write-backs/new/none/jira", GOOD)).status == 404
    assert (await admin.get("/admin/write-backs/999"))[0] == 404
    assert (await admin.get("/admin/write-backs"))[0] == 200
    assert (await dispatcher.get("/admin/write-backs"))[0] == 403
    assert not await Subscription.all()
    assert all(T.has(f"hooks.type.{kind}") for kind in COMMENTS)
