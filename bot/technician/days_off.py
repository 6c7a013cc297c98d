"""Ask for days off by buttons alone: what for, from which day, until which. A dispatcher decides."""

from datetime import date

from bot.shared.calendar import read_day
from bot.shared.rota import KINDS
from bot.technician.identity import known, me, pressed
from bot.technician.routes import routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.schedule import actions as schedule
from core.schedule.queries import today


@routes.press("rota.off")
@known
async def ask_kind(turn: Turn) -> None:
    turn.redraw("technician.off", {"step": "kind"})


@routes.press("off.kind")
@known
async def ask_first(turn: Turn) -> None:
    await _first(turn, _kind(turn), None)


async def _first(turn: Turn, kind: str, shown: date | None) -> None:
    facts = {"step": "first", "kind": kind, "today": (await today()).isoformat()}
    turn.redraw("technician.off", facts | {"shown": shown.isoformat() if shown else None})


@routes.press("off.first")
@known
async def ask_last(turn: Turn) -> None:
    """Extra: the first day, or another month to be shown (`m20261201`)."""
    kind, (_, extra) = _kind(turn), pressed(turn)
    if extra.startswith("m"):
        await _first(turn, kind, read_day(extra[1:]))
        return
    await _last(turn, kind, _day(extra), None)


async def _last(turn: Turn, kind: str, first: date, shown: date | None) -> None:
    facts = {"step": "last", "kind": kind, "today": (await today()).isoformat(), "first": first.isoformat()}
    turn.redraw("technician.off", facts | {"shown": shown.isoformat() if shown else None})


@routes.press("off.last")
@known
async def ask(turn: Turn) -> None:
    """Extra: the last day; the button's revision is the first one. What was asked comes as a card of its own."""
    kind, (_, extra) = _kind(turn), pressed(turn)
    first = _day(str(turn.press.revision if turn.press else ""))
    if extra.startswith("m"):
        await _last(turn, kind, first, read_day(extra[1:]))
        return
    await schedule.ask_absence(me(turn).id, kind, first, _day(extra))
    turn.redraw("technician.sent", {})


@routes.press("off.cancel")
@known
async def cancel(turn: Turn) -> None:
    await schedule.cancel_absence(pressed(turn)[0])


def _kind(turn: Turn) -> str:
    number, _ = pressed(turn)
    if not 0 <= number < len(KINDS):
        raise Refusal("schedule.absence_kind")
    return KINDS[number]


def _day(code: str) -> date:
    found = read_day(code)
    if found is None:
        raise Refusal("schedule.bad_period")
    return found
