"""A floor plan as a dispatcher looks at it: what stands where, what is open there, and what is not on it yet."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.assets.queries import AssetView, PinView, PlanView, assets_at, pins_at, plan_view
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch
from core.overview.board import STAGE_OF, Card, cards, pressing, today

MOST = 500
"""Open orders of one site that are looked at, the newest first."""
DUE = ("late", "today")


@dataclass(frozen=True, slots=True)
class Spot:
    """A machine, or an order without one, with its open orders, the most pressing first. `x` and `y` are None while it
    stands on no plan; `plan_id` is the one it stands on."""

    asset: AssetView | None
    orders: tuple[Card, ...]
    plan_id: int | None = None
    x: float | None = None
    y: float | None = None

    @property
    def key(self) -> str:
        """`asset-9`, `order-1042`."""
        return f"asset-{self.asset.id}" if self.asset else f"order-{self.orders[0].number}"

    @property
    def stage(self) -> str:
        """The board's column of its most pressing order; `none` without one."""
        return STAGE_OF[self.orders[0].state] if self.orders else "none"

    @property
    def late(self) -> bool:
        return any(card.late for card in self.orders)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at: a stage of the board, and what is `late` or due `today`. Empty: all."""

    stage: str = ""
    due: str = ""

    def __bool__(self) -> bool:
        return bool(self.stage or self.due)


@dataclass(frozen=True, slots=True)
class Floor:
    """A plan. `pinned` are the spots on it that were asked for, of `total`; `loose` those on none of the site's plans,
    `elsewhere` those on its other ones; `orders`: how many orders are open at the site."""

    plan: PlanView
    pinned: tuple[Spot, ...]
    total: int
    loose: tuple[Spot, ...]
    elsewhere: tuple[Spot, ...]
    orders: int


_OPEN = """
SELECT o.id, array(SELECT l.asset_id FROM orders_order_assets l WHERE l.order_id = o.id) AS assets
FROM orders_orders o WHERE o.site_id = $1 AND o.state = ANY($2::text[]) ORDER BY o.id DESC LIMIT $3
"""
_STATES = [state for state, stage in STAGE_OF.items() if stage != "done"]


async def floor(actor: Actor, plan_id: int, wanted: Wanted | None = None) -> Floor:
    """Needs `orders.see_all`; NotFound for a plan that is not there."""
    actor.require("orders.see_all")
    plan = await plan_view(actor, plan_id)
    rows = await fetch(_OPEN, plan.site_id, _STATES, MOST)
    machines = {row["id"]: list(row["assets"]) for row in rows}
    spots = _spots(
        await assets_at(actor, plan.site_id),
        {card.number: card for card in await cards(machines)},
        machines,
        await pins_at(plan.site_id),
    )
    here = [spot for spot in spots if spot.plan_id == plan_id]
    midnight = (await today())[1]
    return Floor(
        plan,
        tuple(chosen for spot in here if (chosen := narrowed(spot, wanted or Wanted(), now(), midnight))),
        len(here),
        tuple(spot for spot in spots if spot.plan_id is None),
        tuple(spot for spot in spots if spot.plan_id not in (None, plan_id)),
        len(rows),
    )


def _spots(
    assets: list[AssetView], open_: dict[int, Card], machines: dict[int, list[int]], pins: list[PinView]
) -> list[Spot]:
    """Every machine; then the orders that show by themselves: those pinned, and those of no machine of the site."""
    at_asset = {pin.asset_id: pin for pin in pins if pin.asset_id}
    at_order = {pin.order_id: pin for pin in pins if pin.order_id}
    known = {asset.id for asset in assets}
    spots = []
    for asset in assets:
        mine = [open_[number] for number, theirs in machines.items() if asset.id in theirs]
        spots.append(_placed(Spot(asset, tuple(sorted(mine, key=pressing))), at_asset.get(asset.id)))
    for number, theirs in sorted(machines.items()):
        if number in at_order or not known.intersection(theirs):
            spots.append(_placed(Spot(None, (open_[number],)), at_order.get(number)))
    return spots


def _placed(spot: Spot, pin: PinView | None) -> Spot:
    return spot if pin is None else replace(spot, plan_id=pin.plan_id, x=pin.x, y=pin.y)


def narrowed(spot: Spot, wanted: Wanted, at: datetime, midnight: datetime) -> Spot | None:
    """The spot with the orders that were asked for; None when something was asked for and it has none of it."""
    if not wanted:
        return spot
    found = tuple(card for card in spot.orders if _fits(card, wanted, at, midnight))
    return replace(spot, orders=found) if found else None


def _fits(card: Card, wanted: Wanted, at: datetime, midnight: datetime) -> bool:
    if wanted.stage and STAGE_OF[card.state] != wanted.stage:
        return False
    if wanted.due == "late":
        return card.late
    return wanted.due != "today" or (card.due_at is not None and at < card.due_at < midnight)
