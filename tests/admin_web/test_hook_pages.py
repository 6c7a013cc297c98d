"""A receiver of events is added on a page, its secret told once; its deliveries are looked at and sent again."""

import re

import pytest

from core.hooks.models import Attempt, Event, Outgoing, Subscription
from core.kernel.clock import now
from core.kernel.words import words
from core.kernel.work import work
from core.tasks.models import Task
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor

T = words("admin", "ru")
GOOD = {"name": "CRM", "url": "https://crm.example.com/hook", "type": ["order.created", "act.signed"]}


@pytest.fixture
async def number(admin: Visitor) -> int:
    answer = await send(admin, "/admin/hooks", GOOD)
    assert answer.status == 200, answer.said
    return int((await Subscription.get()).id)


async def test_a_receiver_is_added_and_its_secret_told_once(admin: Visitor) -> None:
    assert T.text("hooks.none") in (await admin.get("/admin/hooks"))[1]
    answer = await send(admin, "/admin/hooks", GOOD)
    secret = re.search(r"whsec_[\w/+=&;#]+", answer.text)
    assert (answer.status, bool(secret)) == (200, True)
    number = (await Subscription.get()).id
    for path in ("/admin/hooks", f"/admin/hooks/{number}"):
        status, text = await admin.get(path)
        assert (status, "crm.example.com" in text, "whsec_" in text) == (200, True, False)
    assert "whsec_" in (await send(admin, f"/admin/hooks/{number}/rotate")).text
    assert (await send(admin, f"/admin/hooks/{number}", {**GOOD, "name": "CRM 2", "type": ["act.signed"]})).done
    text = (await admin.get(f"/admin/hooks/{number}"))[1]
    assert text.count("checked") == 1
    assert (await send(admin, f"/admin/hooks/{number}/remove")).where == "/admin/hooks"
    assert (await admin.get(f"/admin/hooks/{number}"))[0] == 404


async def test_deliveries_are_shown_and_sent_again(admin: Visitor, number: int) -> None:
    assert (await send(admin, f"/admin/hooks/{number}/try")).done
    row = await Outgoing.get()
    async with work():
        await Attempt.create(outgoing_id=row.id, at=now(), status=502, answer="<b>Bad gateway</b>")
        await Attempt.create(outgoing_id=row.id, at=now(), error="timeout")
        await Outgoing.filter(id=row.id).update(attempts=2)
    text = (await admin.get(f"/admin/hooks/{number}"))[1]
    for said in ("&lt;b&gt;Bad gateway", T.text("hooks.error.timeout"), "webhook.trial", T.text("hooks.state.waiting")):
        assert said in text
    base = f"/admin/hooks/{number}/deliveries/{row.id}"
    assert (await send(admin, f"{base}/drop")).done
    assert (await Outgoing.get()).state == "dropped"
    assert (await send(admin, f"{base}/again")).done
    assert (await Outgoing.get()).state == "waiting"
    assert await Task.exists(kind="hooks.tell", key=str(number))
    assert (await send(admin, f"/admin/hooks/{number}/off")).done
    assert (await send(admin, f"{base}/again")).status == 409
    assert (await send(admin, f"/admin/hooks/{number + 1}/deliveries/{row.id}/drop")).status == 404
    assert T.text("hooks.why.hand") in (await admin.get("/admin/hooks"))[1]


async def test_every_way_it_can_go_wrong_has_words(admin: Visitor, number: int) -> None:
    event = await Event.create(type="order.created", at=now())
    row = await Outgoing.create(subscription_id=number, event_id=event.id, due_at=now(), state="failed", attempts=3)
    ways = "inside dns tls refused timeout broken bad_url not_https locked unforeseen"
    for error in (*ways.split(), ""):
        await Attempt.create(outgoing_id=row.id, at=now(), error=error)
    for state, why in (("on", ""), ("off", "failing"), ("off", "gone")):
        await Subscription.all().update(state=state, why=why, failing_since=now())
        assert (await admin.get(f"/admin/hooks/{number}"))[0] == 200
        assert (await admin.get("/admin/hooks"))[0] == 200


async def test_what_is_wrong_is_said_at_its_field(admin: Visitor, dispatcher: Visitor) -> None:
    wrong = (("name", {"name": " "}), ("url", {"url": "http://crm.example.com"}), ("url", {"url": "https://10.0.0.1/"}),
             ("url", {"url": "x"}), ("type", {"type": []}), ("type", {"type": ["x"]}))  # fmt: skip
    for field, change in wrong:
        answer = await send(admin, "/admin/hooks", {**GOOD, **change})
        assert (answer.status, answer.field) == (409, field), answer.said
    for nasty in NASTY.values():
        assert (await send(admin, "/admin/hooks", {**GOOD, "url": nasty})).status == 409
    assert not await Subscription.all()
    for do in ("on", "off", "try", "rotate", "remove"):
        assert (await send(admin, f"/admin/hooks/999/{do}")).status == 404
    assert (await dispatcher.get("/admin/hooks"))[0] == 403
