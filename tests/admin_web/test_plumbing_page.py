"""What is stuck is seen, said in plain words, and retried or given up."""

from datetime import timedelta
from html import escape
from typing import Any

import pytest

from core.files.models import File
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.words import words
from core.outbox.models import Notice, Sender
from core.tasks.models import Task
from core.timers.models import Timer
from naryad.housekeeping import tidy
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

T = words("admin", "ru")


@pytest.fixture
async def stuck(world: World) -> dict[str, Any]:
    """One of each that a person has to look at."""
    at, chat = now(), World.tg(member(world.pyotr))
    letter = await Delivery.create(
        source="bot:customer", key="1", lane=5, body=b"{}", received_at=at, attempts=5, dead_at=at, error="<b>KeyError"
    )
    notice = await Notice.create(
        bot="technician",
        chat_id=chat,
        seq=900,
        screen="technician.job",
        locale="ru",
        zone="UTC",
        party=member(world.pyotr),
        state="failed",
        error="Bad Request",
        queued_at=at,
    )
    task = await Task.create(
        kind="documents.render", key="7", args={}, state="dead", run_at=at, queued_at=at, error="x"
    )
    timer = await Timer.create(kind="sla.near", key="1:arrival", due_at=at, data={}, attempts=8, dead_at=at, error="y")
    file = await File.create(
        kind="photo", name="a.jpg", origin="customer", origin_id="k", error="files.gone", created_by="x", created_at=at
    )
    await Sender.create(bot="technician", chat_id=chat, blocked_at=at, reason="Forbidden: bot was blocked by the user")
    return {"letter": letter, "notice": notice, "task": task, "timer": timer, "file": file}


async def test_all_is_well(admin: Visitor) -> None:
    status, text = await admin.get("/admin/plumbing")
    assert status == 200
    assert T.text("plumbing.fine") in text


async def test_each_is_said_in_plain_words(admin: Visitor, stuck: dict[str, Any]) -> None:
    _, text = await admin.get("/admin/plumbing")
    for key in ("plumbing.not_fine", "plumbing.task.documents.render", "plumbing.timer.sla.near", "plumbing.blocked"):
        assert T.text(key) in text, key
    for kind in stuck:
        assert T.text(f"plumbing.section.{kind}") in text, kind
        assert f"/admin/plumbing/{kind}/{stuck[kind].id}/retry" in text
    assert "Пётр Ким" in text
    assert "&lt;b&gt;KeyError" in text


async def test_each_is_retried(admin: Visitor, stuck: dict[str, Any]) -> None:
    for kind, row in stuck.items():
        assert (await send(admin, f"/admin/plumbing/{kind}/{row.id}/retry")).done, kind
    assert (await Delivery.get()).dead_at is None
    assert (await Notice.get(id=stuck["notice"].id)).state == "queued"
    assert (await Task.get(id=stuck["task"].id)).state == "queued"
    assert (await Timer.get(id=stuck["timer"].id)).dead_at is None
    assert (await File.get()).error is None
    again = await send(admin, f"/admin/plumbing/letter/{stuck['letter'].id}/retry")
    assert (again.status, again.said) == (404, T.text("error.plumbing.not_found"))


async def test_an_erased_letter_says_so_and_can_only_be_given_up(admin: Visitor, stuck: dict[str, Any]) -> None:
    letter = stuck["letter"]
    await Delivery.filter(id=letter.id).update(received_at=now() - timedelta(days=3_651))
    await tidy()
    _, text = await admin.get("/admin/plumbing")
    assert escape(T.text("plumbing.emptied")) in text
    assert "&lt;b&gt;KeyError" in text
    assert f"/admin/plumbing/letter/{letter.id}/retry" not in text
    again = await send(admin, f"/admin/plumbing/letter/{letter.id}/retry")
    assert T.text("error.inbox.emptied") in again.said
    assert (await send(admin, f"/admin/plumbing/letter/{letter.id}/skip")).done


async def test_each_is_given_up(admin: Visitor, stuck: dict[str, Any]) -> None:
    for kind in ("letter", "notice", "task", "timer"):
        assert (await send(admin, f"/admin/plumbing/{kind}/{stuck[kind].id}/skip")).done, kind
        assert (await send(admin, f"/admin/plumbing/{kind}/{stuck[kind].id}/skip")).status == 404, kind
    assert (await Delivery.get()).done_at is not None
    assert (await Notice.get(id=stuck["notice"].id)).state == "skipped"
    assert not await Task.exists(id=stuck["task"].id)
    assert not await Timer.exists(id=stuck["timer"].id)


async def test_a_blocked_chat_is_tried_again(admin: Visitor, stuck: dict[str, Any]) -> None:
    chat = str(stuck["notice"].chat_id)
    assert (await send(admin, "/admin/plumbing/chats/technician/open", {"chat": "1"})).status == 404
    assert (await send(admin, "/admin/plumbing/chats/technician/open", {"chat": chat})).done
    assert (await Sender.get()).blocked_at is None


async def test_a_dispatcher_sees_and_touches_nothing(dispatcher: Visitor, stuck: dict[str, Any]) -> None:
    status, text = await dispatcher.get("/admin/plumbing")
    assert status == 200
    assert "/retry" not in text
    assert (await send(dispatcher, f"/admin/plumbing/letter/{stuck['letter'].id}/retry")).status == 403


async def test_unknown_kinds_are_not_found(admin: Visitor) -> None:
    for path in ("letter/1/retry", "file/1/skip", "chair/1/retry", "task/99999999999999/retry"):
        assert (await send(admin, f"/admin/plumbing/{path}")).status == 404, path
