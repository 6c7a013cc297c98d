"""Language, help, and what the calendar's empty squares do."""

from bot.shared.calendar import IDLE
from bot.shared.languages import NAMES
from bot.technician.identity import known, me
from bot.technician.routes import menu, routes
from bot.technician.start import home
from bot.turn import Turn
from core.people import actions as people


@routes.command("settings", "language")
@menu.item("technician.menu.settings")
@known
async def settings(turn: Turn) -> None:
    turn.say("technician.settings", {"locale": turn.locale, "name": me(turn).name})


@routes.press("settings.language")
@known
async def language(turn: Turn) -> None:
    code = turn.press.extra if turn.press else ""
    if code in NAMES:
        await people.set_locale(me(turn).party, code)
        turn.locale = code
    turn.redraw("technician.settings", {"locale": turn.locale, "name": me(turn).name})
    await home(turn)


@routes.command("help")
async def help_me(turn: Turn) -> None:
    turn.say("technician.help", {})


@routes.press(IDLE)
async def idle(turn: Turn) -> None:
    """A square of the calendar that is not a day."""
