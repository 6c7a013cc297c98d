"""/todo: what waits for a decision, and the presses that decide it. Each press shows the queue anew."""

from typing import Any

from bot.dispatcher.card import assign
from bot.dispatcher.routes import routes
from bot.dispatcher.thread import in_topic
from bot.shared.calendar import read_window
from bot.shared.files import take
from bot.shared.paging import number
from bot.shared.stale import OUTDATED
from bot.shared.talk import words
from bot.turn import Press, Turn
from core.chats import actions as chats
from core.chats.queries import group_of_chat
from core.kernel.actor import group
from core.kernel.errors import Refusal, Stale
from core.orders import actions as orders
from core.orders.queries import access_order
from core.plan import proposals
from core.schedule import actions as schedule
from core.sources import requests
from core.todo import actions, board
from core.twins import actions as twins


@routes.command("todo")
async def todo(turn: Turn) -> None:
    """A new message with the queue; the former one goes."""
    await _show(turn, anew=True)


async def _show(turn: Turn, *, anew: bool = False) -> None:
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("orders.dispatch")
    party = turn.actor.party
    if not turn.private:
        bound = await group_of_chat(turn.chat_id)
        if bound is None or not bound.active:
            turn.say("dispatcher.note", {"key": "dispatcher.todo.unbound"})
            return
        party = group(bound.id)
    topic = turn.topic or (f"thread:{turn.thread_id}" if turn.thread_id else None)
    await board.show(
        turn.chat_id, party, anew=anew, locale=turn.locale, zone=str(turn.zone), **({"topic": topic} if anew else {})
    )


def _press(turn: Turn) -> Press:
    if turn.actor is None:
        raise Refusal("people.stranger")
    assert turn.press is not None
    return turn.press


async def _done(turn: Turn, toast: str = "dispatcher.todo.toast.done", **params: Any) -> None:
    turn.toast(toast, **params)
    await _show(turn)


@routes.press("todo.later")
async def later(turn: Turn) -> None:
    press = _press(turn)
    await actions.later(f"{press.extra}:{press.id}")
    await _done(turn, "dispatcher.todo.toast.later")


@routes.press("todo.settle")
async def settle(turn: Turn) -> None:
    press = _press(turn)
    await actions.settle(f"{press.extra}:{press.id}")
    await _done(turn)


@routes.press("todo.give")
async def give(turn: Turn) -> None:
    """The job as it stood in the message; somebody who was quicker is not overruled."""
    press = _press(turn)
    try:
        await orders.assign(press.id, number(press.extra), press.revision)
    except Refusal as refusal:
        if refusal.code not in OUTDATED:
            raise
        turn.toast(f"error.{refusal.code}", alert=True)
        await _show(turn)
        return
    await _done(turn, "dispatcher.todo.toast.given")


@routes.press("todo.choose")
async def choose(turn: Turn) -> None:
    """The question of the order's card, asked right here."""
    _press(turn)
    await assign(turn)


@routes.press("todo.remind")
async def remind(turn: Turn) -> None:
    press = _press(turn)
    name = await actions.remind(press.id, number(press.extra) or None)
    await _done(turn, "dispatcher.toast.reminded", name=name)


@routes.press("todo.move")
async def move(turn: Turn) -> None:
    press = _press(turn)
    window = read_window(press.extra, turn.zone)
    if window is None:
        raise Stale("orders")
    await orders.reschedule(press.id, *window)
    await _done(turn)


@routes.press("todo.accept")
async def accept(turn: Turn) -> None:
    await proposals.accept(_press(turn).id)
    await _done(turn)


@routes.press("todo.make")
async def make(turn: Turn) -> None:
    made = await requests.make_order(_press(turn).id)
    await _done(turn, "dispatcher.request.made", number=str(made))


@routes.press("todo.called")
async def called(turn: Turn) -> None:
    await requests.settle_for(_press(turn).id)
    await _done(turn)


@routes.press("todo.visit")
async def visit(turn: Turn) -> None:
    await orders.add_return(_press(turn).id)
    await _done(turn)


@routes.press("todo.leave")
async def leave(turn: Turn) -> None:
    await orders.leave(_press(turn).id)
    await _done(turn)


@routes.press("todo.approve")
async def approve(turn: Turn) -> None:
    await schedule.decide_absence(_press(turn).id, True)
    await _done(turn)


@routes.press("todo.merge")
async def merge(turn: Turn) -> None:
    await twins.merge_pair(_press(turn).id)
    await _done(turn)


@routes.press("todo.reply")
async def reply(turn: Turn) -> None:
    """The next words, as a reply to the question, go to the customer."""
    order_id = _press(turn).id
    assert turn.actor is not None
    await access_order(turn.actor, order_id)
    turn.dialogue.go("todo.reply", order_id=order_id)
    tick = int(turn.work.now.timestamp() * 1000)
    turn.say("dispatcher.todo_reply", {"order": order_id}, card=f"answer:{order_id}", revision=tick)


@routes.step("todo.reply")
async def reply_words(turn: Turn) -> None:
    """Words that answer something else are what they look like; then the question is dropped."""
    order_id = int(turn.dialogue.data["order_id"])
    turn.dialogue.forget()
    if not turn.private and turn.replied != f"answer:{order_id}":
        await in_topic(turn)
        return
    files = await take(turn, "chat.customer", order_id)
    text = words(turn)
    if not text.strip() and not files:
        if not turn.files:
            turn.say("dispatcher.note", {"key": "dispatcher.words_needed"})
        return
    await chats.post(order_id, "customer", text, files[0].id if files else None, to_customer=True)
    turn.say("dispatcher.note", {"key": "dispatcher.todo.said", "order": order_id})
    await _show(turn)
