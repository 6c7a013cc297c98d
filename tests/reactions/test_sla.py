"""What follows when a deadline comes near or passes."""

from datetime import UTC

import pytest

from bot.dispatcher.screens.news import alert as alert_screen
from core.events import DeadlineBreached, DeadlineNear, OffersOpened
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.read import fetch, parsed
from core.kernel.work import emit, work
from core.orders import actions as orders
from core.sla.actions import save_policies
from core.timers.actions import run_due
from tests.reactions.ground import NOBODYS, Ground, alert


@pytest.mark.parametrize(("event", "kind"), [(DeadlineNear, "near"), (DeadlineBreached, "breach")])
async def test_dispatchers_are_told(ground: Ground, event: type, kind: str) -> None:
    assert await ground.after(event(ground.order, "arrival")) == {alert(kind), *NOBODYS}


async def test_a_norm_follows_the_job_from_its_offer_on(ground: Ground) -> None:
    """Who has the job, how far they are, which stage is late and by which rule: all in one alert."""
    norms = [{"stage": stage, "minutes": 10} for stage in ("offered", "assigned")]
    minutes = {"response": 600, "arrival": 700, "resolution": 800}
    policy = {"code": "all", "name": {"ru": "Всем", "en": "All"}, "minutes": minutes, "norms": norms}
    async with work(SYSTEM):
        await save_policies([policy])
        await orders.offer_job(ground.job)
        await emit(OffersOpened(ground.order, ground.job, ()))
    async with work(SYSTEM):
        await orders.assign(ground.job, ground.world.pyotr)
    sql = "SELECT kind, stage, met_at IS NULL AS runs FROM sla_deadlines WHERE job_id = $1 ORDER BY id"
    seen = [(row["stage"], row["runs"]) for row in await fetch(sql, ground.job)]
    assert seen == [("offered", False), ("assigned", True)]
    clock.offset += 15 * 60
    try:
        await run_due()
    finally:
        clock.offset -= 15 * 60
    sql = "SELECT facts FROM outbox_notices WHERE screen = 'dispatcher.alert' ORDER BY id DESC LIMIT 1"
    told = parsed((await fetch(sql))[0]["facts"])
    assert (told["kind"], told["stage"]["ru"], told["rule"]["minutes"]) == ("breach", "Назначен", 10)
    text = str(alert_screen(told, "ru", UTC).text)
    for said in ("Стадия «Назначен»: срок прошёл", told["job"]["assignee"]["name"], "Обещано: 10"):
        assert said in text, said
