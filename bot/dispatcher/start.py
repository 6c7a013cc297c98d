"""Who is writing: the first minute of a dispatcher or an administrator in private, and the way to the admin page."""

from bot.dispatcher.routes import routes
from bot.shared.languages import NAMES
from bot.turn import Turn
from core.chats import actions as chats
from core.company.queries import company
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.people import actions as people
from core.people.queries import actor_for


@routes.command("start")
async def start(turn: Turn) -> None:
    """`/start <invite or code>` in private makes the sender who the invite says; bare, it tells what can be done."""
    if not turn.private:
        turn.say("dispatcher.help", await _help(turn))
        return
    payload = turn.args.strip().removeprefix("i_")
    if payload:
        await people.redeem(turn.bot, payload[:64], turn.sender, turn.chat_id)
        turn.actor = await actor_for(turn.bot, turn.sender.user_id)
    await _greet(turn)


@routes.command("help")
async def help_(turn: Turn) -> None:
    turn.say("dispatcher.help", await _help(turn))


async def _help(turn: Turn) -> dict[str, object]:
    return {"company": (await company()).name, "private": turn.private, "known": turn.actor is not None}


async def _greet(turn: Turn) -> None:
    if turn.actor is None:
        turn.say("dispatcher.stranger", {"company": (await company()).name})
        return
    turn.say("dispatcher.welcome", {"name": turn.actor.name, "company": (await company()).name})


@routes.command("admin")
async def admin(turn: Turn) -> None:
    """A one-time link to the admin page, in private only: a link in a group would be everybody's."""
    if turn.private and turn.actor is None and turn.args.strip():
        await start(turn)
        return
    if turn.actor is None:
        raise Refusal("people.stranger")
    if not turn.private:
        turn.say("dispatcher.note", {"key": "dispatcher.admin.private", "bot": links.bots.get("dispatcher", "")})
        return
    page = f"admin/login/{await people.open_web_login(turn.actor.id)}"
    url, tunnel = (links.page(page), None) if links.public else (links.own_page(page), links.tunnel)
    turn.say("dispatcher.login", {"url": url, "tunnel": tunnel, "minutes": 10})


@routes.command("language")
async def language(turn: Turn) -> None:
    turn.say("dispatcher.language", {"locale": turn.locale})


@routes.press("settings.language")
async def set_language(turn: Turn) -> None:
    """One's own, or in a group the group's."""
    code = turn.press.extra if turn.press else ""
    if turn.actor is None:
        raise Refusal("people.stranger")
    if code in NAMES:
        if turn.private:
            await people.set_locale(turn.actor.party, code)
        else:
            await chats.speak(turn.chat_id, code)
        turn.locale = code
        turn.redraw("dispatcher.note", {"key": "dispatcher.language.set"})
