"""The first minute: consent, who you are, and straight on to what the person came for.

Links: `/start i_<invite>`, `/start q_<payload of a label>`, `/start a_<payload of an act>`.
"""

from bot.customer.identity import become, consented, keep, me, meet, recall
from bot.customer.new_order import begin, begin_at_asset
from bot.customer.proof import show_proof
from bot.customer.routes import menu, routes
from bot.shared.languages import NAMES
from bot.turn import Turn
from core.company.queries import company
from core.customers.actions import private_customer
from core.customers.queries import match_phone
from core.kernel.actor import SYSTEM, contact
from core.kernel.errors import Refusal
from core.kernel.work import acting
from core.people import actions as people
from core.people.rules import normalise_phone


@routes.command("start")
async def start(turn: Turn) -> None:
    link = turn.args.strip()
    if link.startswith("a_"):
        await show_proof(turn, link[2:])
        return
    if link:
        turn.dialogue.go(turn.dialogue.step, link=link[:64])
    await _proceed(turn)


async def _proceed(turn: Turn, note: str | None = None) -> None:
    """Go as far as what is known allows: consent, then invite or telephone, then what the person came for."""
    if not await consented(turn):
        await meet(turn)
        return
    link = turn.dialogue.data.get("link") or ""
    if link.startswith("i_"):
        note = await _redeem(turn, link[2:])
    if turn.actor is None or turn.actor.kind != "contact":
        await meet(turn, note)
        return
    await _welcome(turn, note)


async def _redeem(turn: Turn, token: str) -> str | None:
    """Use the invite. Somebody who is known already keeps who they are when it is no good."""
    turn.dialogue.data.pop("link", None)
    turn.dialogue.changed = True
    try:
        await people.redeem(turn.bot, token, turn.sender, turn.chat_id)
    except Refusal:
        return "bad_invite"
    await become(turn)
    return None


async def _welcome(turn: Turn, note: str | None = None) -> None:
    link = turn.dialogue.data.pop("link", "")
    turn.dialogue.changed = True
    ours = await company()
    if turn.dialogue.step in ("start.consent", "start.phone", "chat"):
        turn.dialogue.go(None)
    turn.say("customer.welcome", {"name": me(turn).name, "company": ours.name, "note": note})
    if link.startswith("q_"):
        recall(turn)
        await begin_at_asset(turn, link[2:])
    elif recall(turn):
        await begin(turn)


@routes.press("consent.yes")
async def agree(turn: Turn) -> None:
    await people.give_consent(turn.bot, turn.sender.user_id, (await company()).rule("consent_version"))
    turn.redraw("customer.consented", {"at": turn.work.now.isoformat()})
    await _proceed(turn)


@routes.press("consent.language")
async def consent_language(turn: Turn) -> None:
    code = turn.press.extra if turn.press else ""
    if code in NAMES:
        turn.locale = code
        turn.dialogue.go(turn.dialogue.step, locale=code)
        ours = await company()
        turn.redraw("customer.consent", {"company": ours.name, "legal_name": ours.legal_name, "locale": code})


@routes.step("start.consent")
@menu.first
async def before_consent(turn: Turn) -> None:
    await meet(turn, keep(turn))


@routes.step("start.phone")
@menu.first
async def phone(turn: Turn) -> None:
    """Only a number that the messenger vouches for counts; a typed one may be anybody's."""
    if turn.contact is None:
        await meet(turn, keep(turn))
        return
    number, own = turn.contact
    if not own:
        await meet(turn, "not_own")
        return
    contact_id = await match_phone(normalise_phone(number))
    if contact_id is None:
        ours = await company()
        if not ours.rule("strangers_may_order"):
            turn.say("customer.stranger", {"company": ours.name, "phone": ours.phone})
            return
        async with acting(SYSTEM):
            _, contact_id = await private_customer(turn.sender.name, number)
    await people.link(turn.bot, turn.sender.user_id, turn.chat_id, contact(contact_id), turn.locale)
    await become(turn)
    await _proceed(turn)
