"""What follows when two orders may be one trouble, become one, or are parted again."""

from functools import partial
from typing import Any

from core.checklists.opening import SOURCE
from core.events import OrderChanged, OrderCreated, OrderMerged, OrderUnmerged, PairChanged
from core.kernel.actor import SYSTEM
from core.kernel.hints import broadcast
from core.kernel.work import acting, current, on
from core.orders.models import Order
from core.reactions.audience import alert, refresh, tell_customer, tell_team
from core.sla import actions as sla
from core.twins import actions as twins
from core.twins.queries import pair_of

TELLING = {"words", "site_id", "asset_ids", "address", "kind"}
"""What of an order may make it somebody's twin."""


@on(OrderCreated)
async def created(event: OrderCreated) -> None:
    """What a checklist opened is another trouble of the same place, by what was found there."""
    if (await Order.get(id=event.order_id)).source != SOURCE:
        await twins.look(event.order_id)


@on(OrderChanged)
async def changed(event: OrderChanged) -> None:
    """The site or the machine became known later."""
    if TELLING & set(event.fields):
        await twins.look(event.order_id)


@on(PairChanged)
async def paired(event: PairChanged) -> None:
    """A question in the newer order's topic, which becomes one line when it is answered; both pages follow."""
    newer, pair = await pair_of(SYSTEM, event.pair_id)
    facts: dict[str, Any] = {
        "pair_id": pair.pair_id,
        "state": pair.state,
        "who": pair.settled_by,
        "signs": pair.signs,
        "other": {
            "number": pair.number,
            "summary": pair.summary,
            "state": pair.order_state,
            "source": pair.source,
            "created_at": pair.created_at.isoformat(),
        },
    }
    tell_team(newer, "dispatcher.twins", card=f"twins:{pair.pair_id}", revision=pair.revision, **facts)
    current().on_commit(partial(broadcast, "orders", str(pair.number)))


@on(OrderMerged)
async def merged(event: OrderMerged) -> None:
    """The clocks of the one that ended stop; its customer and the team of the other hear where it goes on."""
    async with acting(SYSTEM):
        await sla.cancel(event.order_id)
    refresh(event.order_id, topic=True)
    refresh(event.into)
    alert(event.into, "absorbed", number=event.order_id)
    tell_customer(event.order_id, "customer.merged", into=event.into)


@on(OrderUnmerged)
async def unmerged(event: OrderUnmerged) -> None:
    """Its clocks run on as if they had not stopped, its topic opens again."""
    async with acting(SYSTEM):
        await sla.revive(event.order_id, event.merged_at)
    refresh(event.order_id, topic=True)
    refresh(event.out_of)
    alert(event.out_of, "gave_back", number=event.order_id)
    tell_customer(event.order_id, "customer.unmerged", out_of=event.out_of)
