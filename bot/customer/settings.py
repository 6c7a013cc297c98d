"""Language, what we know of the person, help."""

from bot.customer.identity import known, me
from bot.customer.routes import menu, routes
from bot.shared.calendar import IDLE
from bot.shared.languages import NAMES
from bot.turn import Turn
from core.company.queries import company
from core.people import actions as people


@routes.command("settings", "language")
@menu.item("customer.menu.settings")
@known
async def settings(turn: Turn) -> None:
    turn.say("customer.settings", await _facts(turn))


async def _facts(turn: Turn) -> dict[str, str]:
    ours = await company()
    return {"locale": turn.locale, "name": me(turn).name, "company": ours.name, "phone": ours.phone}


@routes.press("settings.language")
@known
async def language(turn: Turn) -> None:
    code = turn.press.extra if turn.press else ""
    if code in NAMES:
        await people.set_locale(me(turn).party, code)
        turn.locale = code
    turn.redraw("customer.settings", await _facts(turn))
    turn.say("customer.menu", {})


@routes.press("consent.withdraw")
@known
async def withdraw(turn: Turn) -> None:
    """`yes` takes the consent back; anything else asks first."""
    if turn.press is None or turn.press.extra != "yes":
        turn.redraw("customer.withdraw", {})
        return
    await people.withdraw_consent(turn.bot, turn.sender.user_id)
    turn.dialogue.forget()
    turn.redraw("customer.withdrawn", {})


@routes.command("help")
async def help_me(turn: Turn) -> None:
    ours = await company()
    turn.say("customer.help", {"company": ours.name, "phone": ours.phone})


@routes.command("cancel")
@known
async def cancel(turn: Turn) -> None:
    """Out of whatever is being asked; a draft is set aside, not lost."""
    turn.dialogue.go(None)
    turn.say("customer.menu", {"draft": bool(turn.dialogue.data.get("draft"))})


@routes.press(IDLE)
async def idle(turn: Turn) -> None:
    """A square of the calendar that is not a day."""
