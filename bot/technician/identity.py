"""Who is writing: a technician of the company, or somebody who needs an invitation."""

from functools import wraps
from typing import Any

from bot.routes import Handler
from bot.shared.identity import become as become
from bot.shared.identity import me as me
from bot.turn import Turn
from core.company.queries import company
from core.kernel.errors import Refusal
from core.orders.queries import access_job
from core.overview.queries import job_facts
from core.people.queries import is_contractor


def known(handler: Handler) -> Handler:
    """Only for members who work on jobs."""

    @wraps(handler)
    async def guarded(turn: Turn) -> None:
        if turn.actor is None or turn.actor.kind != "member" or not turn.actor.may("orders.work"):
            await stranger(turn)
        else:
            await handler(turn)

    return guarded


async def stranger(turn: Turn, note: str | None = None) -> None:
    turn.say("technician.stranger", {"company": (await company()).name, "note": note})


FROM_CARD = "+"


def pressed(turn: Turn) -> tuple[int, str]:
    """The id and the extra of the button; nothing when a command led here."""
    return (turn.press.id, turn.press.extra.removeprefix(FROM_CARD)) if turn.press else (0, "")


def from_card(turn: Turn) -> bool:
    """Whether the button stands on the job's card, which events redraw whenever they like."""
    return turn.press is not None and turn.press.extra.startswith(FROM_CARD)


def show(turn: Turn, screen: str, facts: dict[str, Any]) -> None:
    """Answer a press in its message; what the card's own buttons open gets a message of its own."""
    if from_card(turn):
        turn.say(screen, facts)
    else:
        turn.redraw(screen, facts)


async def seen_job(turn: Turn, job_id: int) -> dict[str, Any]:
    """The facts of a job that this person may look at."""
    await access_job(me(turn), job_id)
    facts = await job_facts(job_id)
    if (facts["job"]["assignee"] or {}).get("id") != me(turn).id:
        facts["job"]["outside"] = await is_contractor(me(turn).id)
    return facts


async def my_job(turn: Turn, job_id: int) -> dict[str, Any]:
    """The facts of one's own job; `orders.not_yours` when it belongs to another by now."""
    facts = await seen_job(turn, job_id)
    if (facts["job"].get("assignee") or {}).get("id") != me(turn).id:
        raise Refusal("orders.not_yours", verb="report")
    return facts
