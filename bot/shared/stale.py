"""A button or a question of yesterday: what it would do no longer fits, so say so and show how things stand now."""

from collections.abc import Awaitable, Callable
from functools import wraps

from bot.routes import Handler
from bot.turn import Turn
from core.kernel.errors import NotFound, Refusal

OUTDATED = frozenset(
    {"orders.wrong_state", "orders.changed", "orders.not_yours", "orders.too_late", "plan.pickup.changed"}
)
OVER = OUTDATED | {"dispatch.offer_over"}


def ends(refusal: Refusal) -> bool:
    """Whether what a question was about is no more: then nobody waits for its answer, and what is said next is said
    anew."""
    return refusal.code in OVER or isinstance(refusal, NotFound)


def or_show(redraw: Callable[[Turn], Awaitable[None]]) -> Callable[[Handler], Handler]:
    """Actions check before they change anything, so after such a refusal the work is as clean as before it."""

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(turn: Turn) -> None:
            try:
                await handler(turn)
            except Refusal as refusal:
                if refusal.code not in OUTDATED or turn.press is None:
                    raise
                plain = {name: value for name, value in refusal.data.items() if isinstance(value, str | int | float)}
                turn.toast(f"error.{refusal.code}", alert=True, **plain)
                await redraw(turn)

        return guarded

    return wrap
