"""Presses on an order's card: each opens a small question under the card, and the answer to it does the thing.

A question is a card of its own (`ask:<order>`), so that a second press replaces it instead of adding another, and
whoever else looks at the topic sees what is being decided.
"""

from dataclasses import asdict
from typing import Any

from bot.dispatcher.routes import routes
from bot.dispatcher.thread import in_topic
from bot.dispatcher.words import enough
from bot.shared.calendar import read_day, read_window
from bot.shared.paging import number
from bot.shared.voice import voice
from bot.turn import Press, Turn
from core.chats.rules import order_of_topic
from core.dispatch.queries import called, choices, ranking
from core.kernel.errors import Refusal, Stale
from core.orders import actions as orders
from core.orders.queries import access_order
from core.orders.rules import MAX_REASON
from core.outbox.queries import shown
from core.overview.jobs import running_job
from core.overview.queries import Facts, job_facts, order_facts
from core.overview.steering import meant_job
from core.todo import actions as todo

CANCEL_CODES = ("customer", "duplicate", "mistake", "no_parts")
TYPED = ("card.cancel", "card.reopen", "card.outside")
"""Questions whose answer may be typed."""


def pressed(turn: Turn) -> Press:
    assert turn.press is not None
    return turn.press


async def pressed_order(turn: Turn, order_id: int | None = None) -> Facts:
    """The order that was pressed, if this dispatcher may steer it."""
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("orders.dispatch")
    number_ = pressed(turn).id if order_id is None else order_id
    await access_order(turn.actor, number_)
    return await order_facts(number_, whole=True)


def ask(turn: Turn, screen: str, order: Facts, **facts: Any) -> None:
    """The question takes the place of the one before it: what is typed is no answer to that any more."""
    _drop(turn)
    said = {"number": order["number"], "revision": order["revision"], **facts}
    turn.say(screen, said, card=f"ask:{order['number']}", revision=_tick(turn))


def ask_words(turn: Turn, step: str, screen: str, order: Facts, **facts: Any) -> None:
    """A question whose answer may be typed, as long as it stands: see `meant`."""
    ask(turn, screen, order, **facts)
    turn.dialogue.go(step, order_id=order["number"], asked=_tick(turn))


def _drop(turn: Turn) -> None:
    if turn.dialogue.step in TYPED:
        turn.dialogue.go(None)


def _tick(turn: Turn) -> int:
    """A revision for cards that follow presses, not the order: later presses win."""
    return int(turn.work.now.timestamp() * 1000)


def settled(turn: Turn, order: Facts, what: str, **said: Any) -> None:
    """The question becomes one line that says what was decided and by whom."""
    who = turn.actor.name if turn.actor else turn.sender.name
    ask(turn, "dispatcher.gone", order, what=what, who=who, said=said)


def moved_on(turn: Turn, order: Facts) -> bool:
    """A decision is made on what is on the screen: if the order moved on meanwhile, look again first."""
    return bool(pressed(turn).revision) and pressed(turn).revision != order["revision"]


@routes.press("card.close")
async def close(turn: Turn) -> None:
    order = await pressed_order(turn)
    _drop(turn)
    turn.say("dispatcher.gone", {}, op="erase", card=f"ask:{order['number']}", revision=_tick(turn))


@routes.press("card.assign")
async def assign(turn: Turn) -> None:
    """Of the job in the button's extra, else of the one that matters now."""
    order = await pressed_order(turn)
    await _assign(turn, order, meant_job(order, number(pressed(turn).extra) or None))


@routes.press("card.job")
async def of_one_job(turn: Turn) -> None:
    """Where several jobs are open: assign, remind or correct the one that the button names."""
    facts = await job_facts(pressed(turn).id)
    order, job, what = await pressed_order(turn, facts["number"]), facts["job"], pressed(turn).extra
    if what == "assign":
        await _assign(turn, order, job)
    elif what == "remind":
        turn.toast("dispatcher.toast.reminded", name=await todo.remind(order["number"], job["id"]))
    elif what == "fix":
        _fix(turn, order, job)
    else:
        raise Stale("orders")


async def _assign(turn: Turn, order: Facts, job: Facts | None) -> None:
    if job is None or turn.actor is None:
        raise Refusal("orders.wrong_state", state=order["state"], verb="assign")
    scored, names = await ranking(turn.actor, job["id"]), await called()
    ranked = [
        {
            "member_id": one.member_id,
            "name": one.name,
            "score": one.score,
            "terms": [{"code": term["code"], "minutes": term["minutes"]} for term in one.terms],
        }
        for one in scored
        if one.rejected is None
    ]
    rejected = [
        {"member_id": one.member_id, "name": one.name, "reason": one.rejected, "what": names.get(one.detail, "")}
        for one in scored
        if one.rejected
    ]
    ask(
        turn,
        "dispatcher.assign",
        order,
        job_id=job["id"],
        ranked=ranked,
        rejected=rejected,
        outsiders=order["outsiders"],
    )


@routes.press("card.why")
async def why(turn: Turn) -> None:
    """How the robot chose for the job in the button's extra, else for the running one, or that it has not."""
    order = await pressed_order(turn)
    job = meant_job(order, number(pressed(turn).extra) or None)
    if job is None or turn.actor is None:
        raise Refusal("orders.wrong_state", state=order["state"], verb="assign")
    found = (await choices(turn.actor, order["number"])).get(job["id"])
    told = None if found is None else {**asdict(found), "at": found.at.isoformat()}
    ask(turn, "dispatcher.why", order, job_id=job["id"], choice=told)


@routes.press("card.give")
async def give(turn: Turn) -> None:
    press = pressed(turn)
    job = (await job_facts(press.id))["job"]
    order = await pressed_order(turn, (await job_facts(press.id))["number"])
    if moved_on(turn, order):
        if job["assignee"]:
            raise Stale("orders")
        turn.toast("error.orders.changed")
        await _assign(turn, order, job)
        return
    await orders.assign(job["id"], number(press.extra))
    name = (await job_facts(job["id"]))["job"]["assignee"]["name"]
    settled(turn, order, "assigned", name=name)


@routes.press("card.priority")
async def priority(turn: Turn) -> None:
    order = await pressed_order(turn)
    ask(turn, "dispatcher.priority", order, priority=order["priority"])


@routes.press("card.priority_set")
async def set_priority(turn: Turn) -> None:
    order = await pressed_order(turn)
    await orders.set_priority(order["number"], pressed(turn).extra)
    settled(turn, order, f"priority.{pressed(turn).extra}")


@routes.press("card.move")
async def move(turn: Turn) -> None:
    order = await pressed_order(turn)
    ask(turn, "dispatcher.move", order, now=turn.work.now.isoformat())


@routes.press("card.move_day")
async def move_day(turn: Turn) -> None:
    order, extra = await pressed_order(turn), pressed(turn).extra
    day = read_day(extra.removeprefix("m"))
    if day is None:
        raise Stale("orders")
    chosen = {"shown": day.isoformat()} if extra.startswith("m") else {"day": day.isoformat()}
    ask(turn, "dispatcher.move", order, now=turn.work.now.isoformat(), **chosen)


@routes.press("card.move_to")
async def move_to(turn: Turn) -> None:
    order, window = await pressed_order(turn), read_window(pressed(turn).extra, turn.zone)
    if window is None:
        raise Stale("orders")
    await orders.reschedule(order["number"], *window)
    start, end = window
    settled(turn, order, "moved", start=start.isoformat(), end=end.isoformat())


@routes.press("card.cancel")
async def cancel(turn: Turn) -> None:
    order = await pressed_order(turn)
    ask_words(turn, "card.cancel", "dispatcher.cancel", order)


@routes.press("card.cancel_do")
async def cancel_do(turn: Turn) -> None:
    order, code = await pressed_order(turn), pressed(turn).extra
    if code not in CANCEL_CODES:
        raise Stale("orders")
    if moved_on(turn, order):
        if order["state"] in ("closed", "cancelled"):
            raise Stale("orders")
        turn.toast("error.orders.changed")
        ask_words(turn, "card.cancel", "dispatcher.cancel", order)
        return
    await _cancel(turn, order, voice(turn.locale, turn.zone).plain(f"dispatcher.cancel.{code}"))


@routes.step("card.cancel")
async def cancel_words(turn: Turn) -> None:
    """The reason in the dispatcher's own words."""
    order_id = int(turn.dialogue.data["order_id"])
    if not await meant(turn, order_id):
        return
    order = await pressed_order(turn, order_id)
    await _cancel(turn, order, turn.text.strip())


async def meant(turn: Turn, order_id: int) -> bool:
    """Whether these words answer the question about that order. Words typed in another order's topic, or in a group
    without topics and not as a reply, or after a colleague has closed or replaced the question, are what they look
    like: a message; then the question is dropped."""
    here = order_of_topic(turn.topic) == order_id or turn.replied in (f"ask:{order_id}", f"order:{order_id}")
    asked = turn.dialogue.data.get("asked")
    if not here or asked is None or await shown(turn.bot, turn.chat_id, f"ask:{order_id}") != asked:
        turn.dialogue.forget()
        await in_topic(turn)
        return False
    return enough(turn, MAX_REASON)


async def _cancel(turn: Turn, order: Facts, reason: str) -> None:
    await orders.cancel(order["number"], reason)
    turn.dialogue.forget()
    settled(turn, order, "cancelled", reason=reason)


@routes.press("card.reopen")
async def reopen(turn: Turn) -> None:
    order = await pressed_order(turn)
    ask_words(turn, "card.reopen", "dispatcher.reopen", order)


@routes.step("card.reopen")
async def reopen_words(turn: Turn) -> None:
    order_id = int(turn.dialogue.data["order_id"])
    if not await meant(turn, order_id):
        return
    order = await pressed_order(turn, order_id)
    await orders.reopen(order["number"], turn.text.strip())
    turn.dialogue.forget()
    settled(turn, order, "reopened")


@routes.press("card.return")
async def come_again(turn: Turn) -> None:
    """A return visit after no access, a missing part or half a job."""
    job = await job_facts(pressed(turn).id)
    order = await pressed_order(turn, job["number"])
    await orders.add_return(job["job"]["id"])
    settled(turn, order, "return")


@routes.press("card.fix")
async def fix(turn: Turn) -> None:
    order = await pressed_order(turn)
    _fix(turn, order, running_job(order))


def _fix(turn: Turn, order: Facts, job: Facts | None) -> None:
    if job is None or not job["assignee"]:
        raise Refusal("orders.wrong_state", state=order["state"], verb="step_back")
    ask(turn, "dispatcher.fix", order, job_id=job["id"], state=job["state"], name=job["assignee"]["name"])


@routes.press("card.fix_do")
async def fix_do(turn: Turn) -> None:
    facts = await job_facts(pressed(turn).id)
    order = await pressed_order(turn, facts["number"])
    if moved_on(turn, order):
        raise Stale("orders")
    await orders.step_back(facts["job"]["id"])
    after = (await job_facts(facts["job"]["id"]))["job"]["state"]
    settled(turn, order, f"fixed.{after}")


@routes.press("card.remind")
async def remind(turn: Turn) -> None:
    """A nudge to the technician, in their own chat."""
    order = await pressed_order(turn)
    turn.toast("dispatcher.toast.reminded", name=await todo.remind(order["number"]))
