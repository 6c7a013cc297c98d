"""What follows when a dispatch group is bound or let go: no open order stays with nobody."""

from datetime import timedelta

from core.chats.sharing import give_unread
from core.events import GroupsChanged
from core.kernel.work import on, work
from core.orders.models import Order
from core.orders.rules import OPEN
from core.reactions.audience import show_team
from core.tasks.actions import TaskRun, later, task

GIVE, SHOW = "groups.give", "groups.show"
PIECE = 20
PAUSE = timedelta(minutes=1)
"""Telegram takes twenty messages a minute for a group: what happens now must not wait behind a thousand old orders."""


@on(GroupsChanged)
async def changed(event: GroupsChanged) -> None:
    await later(GIVE, {"bound": event.bound}, key=event.bound or "")


@task(GIVE)
async def give(run: TaskRun) -> None:
    """All open orders that nobody reads, a piece a transaction. Their cards follow at the group's pace."""
    after, wait = 0, timedelta(0)
    while True:
        async with work() as w:
            given = await give_unread(after, PIECE, run.args["bound"])
            if not given:
                return
            await later(SHOW, {"orders": given}, run_at=w.now + wait)
        after, wait = given[-1], wait + PAUSE


@task(SHOW)
async def show(run: TaskRun) -> None:
    """Topic and card of each, unless it ended while it waited."""
    async with run.commit():
        rows = await Order.filter(id__in=run.args["orders"], state__in=OPEN).order_by("id").values_list("id", flat=True)
        for order_id in rows:
            show_team(int(str(order_id)))
