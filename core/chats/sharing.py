"""Give orders to dispatch groups: a new one to its group, one whose place is another to that of the place, and those
that nobody reads to whoever reads now."""

from core.chats.models import DispatchGroup
from core.chats.queries import filters, group_for
from core.chats.rules import choose_group
from core.kernel.work import current
from core.orders import actions as orders
from core.orders.actions.timeline import note
from core.orders.models import Order
from core.orders.rules import OPEN

_UNREAD = """
SELECT o.id, o.group_id, coalesce(g.active, false) AS read, s.area_id,
       CASE WHEN s.id IS NULL THEN o.lat ELSE s.lat END AS lat, CASE WHEN s.id IS NULL THEN o.lon ELSE s.lon END AS lon
FROM orders_orders o
LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN chats_dispatch_groups g ON g.id = o.group_id
WHERE o.id > $1 AND o.state = ANY($2::text[]) AND (g.id IS NULL OR NOT g.active OR g.id = $3)
ORDER BY o.id LIMIT $4 FOR UPDATE OF o
"""


async def give(order_id: int) -> int | None:
    """The order goes to the group that takes it: which; None when no group is bound."""
    group_id = await group_for(order_id)
    if group_id is not None:
        await orders.give_to_groups({order_id: group_id})
    return group_id


async def pass_on(order_id: int) -> tuple[DispatchGroup, DispatchGroup] | None:
    """An order whose place has changed goes to the group that takes it now: from which to which. None when it stays,
    and when nobody had it yet: whoever tells of it next gives it (`give`)."""
    order = await Order.get(id=order_id)
    chosen = await group_for(order_id)
    if None in (order.group_id, chosen) or chosen == order.group_id:
        return None
    await give(order_id)
    before, group = await DispatchGroup.get(id=order.group_id), await DispatchGroup.get(id=chosen)
    await note(order_id, "order.passed", {"before": before.title, "group": group.title})
    return before, group


async def give_unread(after: int, most: int, bound: int | None = None) -> list[int]:
    """Open orders beyond `after`, `most` at a time, that lie with no group or with one that was let go are given to
    those that take them now. Returns them, together with the orders of the group `bound`, which has missed something.
    """
    takers = await filters()
    if not takers:
        return []
    rows = await current().fetch(_UNREAD, after, list(OPEN), bound, most)
    chosen = {
        row["id"]: choose_group(takers, row["area_id"], row["lat"], row["lon"]) for row in rows if not row["read"]
    }
    await orders.give_to_groups({order_id: group_id for order_id, group_id in chosen.items() if group_id is not None})
    return [row["id"] for row in rows]
