"""A dispatcher takes an order for somebody who called: who, where, what, of which kind, how urgent. Each answer is one
press or one line; what was said so far survives a restart."""

from bot.dispatcher.routes import routes
from bot.dispatcher.words import enough
from bot.shared.orders import URGENCIES
from bot.turn import Turn
from core.chats import actions as chats
from core.customers.actions import private_customer
from core.customers.queries import contact_view, sites_for
from core.kernel.errors import Refusal, Stale
from core.orders import actions as orders
from core.orders.rules import KINDS, MAX_ADDRESS
from core.overview.lists import callers
from core.people.rules import normalise_phone

NOWHERE = {"site_id": None, "address": "", "lat": None, "lon": None}
"""Each way to say where takes the place of what was said before."""


def _dispatcher(turn: Turn) -> None:
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("orders.create")


@routes.command("new")
async def new(turn: Turn) -> None:
    """`/new` or `/new <telephone or name>`."""
    _dispatcher(turn)
    turn.dialogue.forget()
    if turn.args.strip():
        await _look_up(turn, turn.args)
        return
    turn.dialogue.go("caller.who")
    turn.say("dispatcher.caller", {"ask": "who"})


@routes.step("caller.who")
async def who(turn: Turn) -> None:
    _dispatcher(turn)
    if not turn.text.strip():
        turn.say("dispatcher.caller", {"ask": "who"})
        return
    await _look_up(turn, turn.text)


async def _look_up(turn: Turn, text: str) -> None:
    assert turn.actor is not None
    text = text.strip()[:100]
    found = await callers(turn.actor, text)
    turn.dialogue.go("caller.who", typed=text)
    turn.say("dispatcher.caller", {"ask": "choose", "found": found, "typed": text})


@routes.press("call.who")
async def chosen(turn: Turn) -> None:
    """A known contact was picked, or 0 for somebody new."""
    _dispatcher(turn)
    assert turn.press is not None
    if turn.press.id == 0:
        turn.dialogue.go("caller.phone")
        turn.redraw("dispatcher.caller", {"ask": "phone", "typed": turn.dialogue.data.get("typed", "")})
        return
    assert turn.actor is not None
    person = await contact_view(turn.actor, turn.press.id)
    if not person.active:
        raise Stale("customers.contact")
    await _where(turn, person.customer_id, person.id)


@routes.step("caller.phone")
async def phone(turn: Turn) -> None:
    """A new caller: a telephone and a name in one line."""
    _dispatcher(turn)
    digits = "".join(char for char in turn.text if char.isdigit() or char == "+")
    name = "".join(char for char in turn.text if not char.isdigit() and char not in "+()").strip(" ,;-–—\n")
    number = normalise_phone(digits)
    customer_id, contact_id = await private_customer((name or number)[:200], number)
    await _where(turn, customer_id, contact_id)


async def _where(turn: Turn, customer_id: int, contact_id: int) -> None:
    assert turn.actor is not None
    sites = await sites_for(turn.actor, limit=20, customer_id=customer_id)
    turn.dialogue.go("caller.address", customer_id=customer_id, contact_id=contact_id, **NOWHERE)
    turn.redraw(
        "dispatcher.caller",
        {"ask": "where", "sites": [{"id": one.id, "name": one.name, "address": one.address} for one in sites]},
    )


@routes.press("call.site")
async def site(turn: Turn) -> None:
    _dispatcher(turn)
    assert turn.press is not None
    if "customer_id" not in turn.dialogue.data:
        raise Stale("dialogue")
    turn.dialogue.go("caller.words", **{**NOWHERE, "site_id": turn.press.id})
    turn.redraw("dispatcher.caller", {"ask": "words"})


@routes.step("caller.address")
async def address(turn: Turn) -> None:
    """The address in words, or a pin."""
    _dispatcher(turn)
    if turn.spot is not None:
        turn.dialogue.go("caller.words", **{**NOWHERE, "lat": turn.spot.lat, "lon": turn.spot.lon})
    elif enough(turn, MAX_ADDRESS):
        turn.dialogue.go("caller.words", **{**NOWHERE, "address": turn.text.strip()})
    else:
        return
    turn.say("dispatcher.caller", {"ask": "words"})


@routes.step("caller.words")
async def words(turn: Turn) -> None:
    _dispatcher(turn)
    if not enough(turn, chats.MAX_TEXT):
        return
    turn.dialogue.go("caller.urgency", words=turn.text.strip(), kind=KINDS[0])
    turn.say("dispatcher.caller", _last(turn))


def _last(turn: Turn) -> dict[str, str]:
    return {"ask": "urgency", "words": turn.dialogue.data["words"], "kind": turn.dialogue.data.get("kind", KINDS[0])}


@routes.press("call.kind")
async def kind(turn: Turn) -> None:
    """Which kind of work it is; repair unless said otherwise."""
    _dispatcher(turn)
    assert turn.press is not None
    if turn.dialogue.step != "caller.urgency" or turn.press.extra not in KINDS:
        raise Stale("dialogue")
    turn.dialogue.go("caller.urgency", kind=turn.press.extra)
    turn.redraw("dispatcher.caller", _last(turn))


@routes.press("call.urgency")
async def create(turn: Turn) -> None:
    _dispatcher(turn)
    assert turn.press is not None
    data = turn.dialogue.data
    if turn.dialogue.step != "caller.urgency" or turn.press.extra not in URGENCIES:
        raise Stale("dialogue")
    number = await orders.create(
        customer_id=data["customer_id"],
        site_id=data.get("site_id"),
        contact_id=data["contact_id"],
        words=data["words"],
        urgency=turn.press.extra,
        kind=data.get("kind", KINDS[0]),
        address=data.get("address", ""),
        lat=data.get("lat"),
        lon=data.get("lon"),
        source="phone",
    )
    turn.dialogue.forget()
    turn.redraw("dispatcher.note", {"key": "dispatcher.caller.done", "number": number})


@routes.press("call.stop")
async def stop(turn: Turn) -> None:
    turn.dialogue.forget()
    turn.redraw("dispatcher.note", {"key": "dispatcher.caller.stopped"})
