"""Who is writing, once they are somebody: the same for customers and technicians."""

from bot.turn import Turn
from core.kernel.actor import Actor
from core.people.queries import actor_for


async def become(turn: Turn) -> Actor | None:
    """Look anew who this is, after they were linked, and act as them from here on."""
    turn.actor = await actor_for(turn.bot, turn.sender.user_id)
    if turn.actor is not None:
        turn.work.actor = turn.actor
        turn.locale = turn.actor.locale
    return turn.actor


def me(turn: Turn) -> Actor:
    """The contact or the technician, behind `known`."""
    if turn.actor is None:
        raise RuntimeError("a handler behind `known` has an actor")
    return turn.actor
