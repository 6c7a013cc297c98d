"""«To a contractor»: who of them fits, for how much, and asked or given the job at once."""

from decimal import Decimal
from typing import Any

from bot.dispatcher.card import ask, ask_words, meant, moved_on, pressed, pressed_order, settled
from bot.dispatcher.routes import routes
from bot.shared.paging import number
from bot.shared.voice import voice
from bot.turn import Turn
from core.dispatch import outside
from core.dispatch.outside import Outsider
from core.dispatch.queries import called
from core.kernel.errors import Refusal, Stale
from core.kernel.money import Money
from core.orders import actions as orders
from core.orders.rules import check_fee
from core.overview.queries import Facts, job_facts
from core.overview.steering import job_steps, meant_job


@routes.press("card.outside", "todo.outside")
async def whom(turn: Turn) -> None:
    """Of the job in the button's extra, else of the one that matters now."""
    order = await pressed_order(turn)
    await _whom(turn, order, meant_job(order, number(pressed(turn).extra) or None))


async def _whom(turn: Turn, order: Facts, job: Facts | None) -> None:
    if job is None or "outside" not in job_steps(order, job) or turn.actor is None:
        raise Refusal("orders.wrong_state", state=order["state"], verb="assign")
    turn.dialogue.forget()
    names = await called()
    people = [_told(one, names) for one in await outside.outsiders(turn.actor, job["id"])]
    ask(turn, "dispatcher.outside", order, job_id=job["id"], people=people)


def _told(one: Outsider, names: dict[str, Any]) -> Facts:
    ranked = one.ranked
    return {
        "member_id": one.member_id,
        "name": one.name,
        "firm": one.firm,
        "phone": ranked.member["phone"],
        "by_bot": one.by_bot,
        "asked": one.asked,
        "fee": None if one.fee is None else str(one.fee),
        "score": ranked.score,
        "terms": [{"code": term["code"], "minutes": term["minutes"]} for term in ranked.terms],
        "reason": ranked.rejected,
        "what": names.get(ranked.detail, ""),
    }


@routes.press("card.outside_one")
async def one(turn: Turn) -> None:
    """Extra: the contractor. For how much is asked right there, and may be left out."""
    facts = await job_facts(pressed(turn).id)
    order = await pressed_order(turn, facts["number"])
    await _one(turn, order, facts["job"]["id"], number(pressed(turn).extra), None)


async def _one(turn: Turn, order: Facts, job_id: int, member_id: int, fee: Decimal | None) -> None:
    found = next(
        (each for each in await outside.outsiders(turn.work.actor, job_id) if each.member_id == member_id), None
    )
    if found is None:
        raise Stale("orders")
    person = _told(found, await called())
    said = {"person": person, "fee": None if fee is None else str(fee), "free": _free(order, job_id)}
    ask_words(turn, "card.outside", "dispatcher.outside.one", order, job_id=job_id, **said)
    turn.dialogue.go("card.outside", job_id=job_id, member_id=member_id)


def _free(order: Facts, job_id: int) -> bool:
    """Whether anybody can be asked: what somebody has is taken from them by giving it, not by asking."""
    return any(job["id"] == job_id and job["state"] in ("new", "offered") for job in order["jobs"])


@routes.step("card.outside")
async def price(turn: Turn) -> None:
    """The sum in the dispatcher's own words."""
    asked = dict(turn.dialogue.data)
    order_id, job_id, member_id = (int(asked[name]) for name in ("order_id", "job_id", "member_id"))
    if not await meant(turn, order_id):
        return
    order = await pressed_order(turn, order_id)
    await _one(turn, order, job_id, member_id, check_fee(Money.parse(turn.text).amount))


@routes.press("card.outside_ask")
async def offer(turn: Turn) -> None:
    """Extra: `<contractor>=<roubles>`, the sum that the button said, or none."""
    await _decide(turn, give=False)


@routes.press("card.outside_give")
async def give(turn: Turn) -> None:
    """Extra as in an offer. Nobody is asked: the dispatcher has talked to them."""
    await _decide(turn, give=True)


async def _decide(turn: Turn, *, give: bool) -> None:
    press = pressed(turn)
    facts = await job_facts(press.id)
    order, job = await pressed_order(turn, facts["number"]), facts["job"]
    who, _, sum_ = press.extra.partition("=")
    member_id, fee = number(who), Money.parse(sum_).amount if sum_ else None
    if moved_on(turn, order):
        turn.toast("error.orders.changed")
        await _whom(turn, order, job)
        return
    if give:
        await orders.assign(job["id"], member_id, fee=fee)
    else:
        await outside.offer(job["id"], member_id, fee)
    turn.dialogue.forget()
    people = await outside.outsiders(turn.work.actor, job["id"])
    name = next((one.name for one in people if one.member_id == member_id), "")
    what = "outside_given" if give else "outside_asked"
    if fee is None:
        settled(turn, order, what, name=name)
    else:
        settled(turn, order, f"{what}_for", name=name, fee=voice(turn.locale, turn.zone).money(fee))
