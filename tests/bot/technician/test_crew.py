"""Colleagues who helped: named in the chat, told on the page, printed on the act."""

from datetime import timedelta
from decimal import Decimal

import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.technician.routes import routes
from core.company import actions as company
from core.documents.actions import printed_facts
from core.documents.models import Document
from core.kernel.actor import SYSTEM, member
from core.kernel.clock import clock
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.reports import actions as reports
from core.reports.queries import helpers
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.world import World


async def test_helpers_are_named_and_stand_on_the_act(assigned: Call, pyotr: Phone) -> None:
    world, job = assigned.world, assigned.job
    await pyotr.press("job.crew", job)
    assert {one["id"] for one in pyotr.last.facts["people"]} == {world.rashid, world.svetlana}
    await pyotr.press("crew.set", job, f"{world.rashid}.0")
    assert pyotr.refused == "orders.wrong_state"
    await pyotr.press("job.go", job)
    await pyotr.press("job.arrive", job)
    for who in (world.rashid, world.svetlana, world.svetlana):
        await pyotr.press("crew.set", job, f"{who}.0")
    assert "с вами Рашид Алиев" in pyotr.shown("technician.crew").view.text
    for nobody in (world.pyotr, world.dispatcher, 999, "x"):
        await pyotr.press("crew.set", job, f"{nobody}.0")
        assert pyotr.refused == "reports.bad_helper"
    assert await helpers([job]) == {world.rashid: "Рашид Алиев"}
    kinds = await fetch(
        "SELECT kind, facts->>'name' AS name FROM orders_entries WHERE kind LIKE 'report.%' ORDER BY id"
    )
    assert [(row["kind"], row["name"]) for row in kinds] == [
        ("report.helper", "Рашид Алиев"),
        ("report.helper", "Светлана Юрьева"),
        ("report.helper_gone", "Светлана Юрьева"),
    ]
    await finish(assigned)
    facts = await printed_facts(await Document.get(order_id=assigned.order))
    assert facts.helpers == ("Рашид Алиев",)
    assert [visit.technician for visit in facts.visits] == ["Пётр Ким"]


async def test_a_helper_who_takes_the_job_over_does_it_and_helps_nobody(assigned: Call) -> None:
    world, job = assigned.world, assigned.job
    async with work(SYSTEM):
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
        await reports.set_helper(job, world.rashid, True)
        await orders.pause(job, "заболел")
        await orders.unassign(job, "заболел")
        await orders.assign(job, world.rashid)
    assert await helpers([job]) == {}


async def finish(call: Call) -> None:
    clock.offset += timedelta(minutes=40).total_seconds()
    async with work(SYSTEM):
        await company.set_rule("require_before_photo", False)
        await company.set_rule("require_after_photo", False)
    async with work(await call.world.actor(member(call.world.pyotr))):
        await reports.set_line(call.job, call.world.diagnostics, Decimal(1))
    async with work(SYSTEM):
        await orders.finish(call.job, "partly")


async def test_nobody_else_may_say_so(assigned: Call, pyotr: Phone) -> None:
    rashid = Phone(routes, World.tg(member(assigned.world.rashid)), "Рашид")
    await pyotr.press("job.go", assigned.job)
    await rashid.press("crew.set", assigned.job, f"{assigned.world.svetlana}.0")
    assert rashid.refused
    assert await helpers([assigned.job]) == {}
