"""Run a delivery into a handler of ours (through aiogram, unless it is a press), inside one work: all of it commits, or
nothing happened."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from aiogram import Bot, Dispatcher, Router
from aiogram.types import ChatMemberUpdated, Message, MessageReactionUpdated, Update
from pydantic import ValidationError

from bot.routes import Handler, Routes
from bot.shared.stale import ends
from bot.telegram import incoming
from bot.telegram.alerts import unreachable
from bot.telegram.api import Api, TelegramError, Unknown
from bot.telegram.feeder import Item, Retry
from bot.telegram.groups import Groups
from bot.telegram.notes import NOTE, refusal, toast
from bot.telegram.silent import Silent
from bot.turn import Dialogue, Turn
from core.chats.rules import order_of_card
from core.company.queries import company
from core.inbox import actions as inbox
from core.inbox.queries import DialogueRow, scene
from core.kernel.actor import Actor
from core.kernel.errors import Refusal
from core.kernel.trail import note
from core.kernel.trouble import LOST, RIVALS
from core.kernel.work import Fenced, Work, work
from core.outbox import sending
from core.overview.meeting import meeting

STRANGER = Actor("contact", 0)
FIRST_PAUSE_S = 0.2
BUSY_TRIES = 20
BLOCKED = "bot was blocked by the user"

log = logging.getLogger(__name__)
Spawn = Callable[[Coroutine[Any, Any, None]], Any]


@dataclass(slots=True)
class Context:
    """One delivery on its way: `turn` is there once we know who speaks, `asked` the step at which they stood then."""

    item: Item
    work: Work
    turn: Turn | None = None
    asked: str | None = None


class Adapter:
    """Handles the deliveries of one bot. `spawn` runs in the owner's nursery what goes out straight after a commit."""

    def __init__(self, routes: Routes, api: Api, spawn: Spawn, *, username: str = "") -> None:
        self.name = routes.bot
        self.routes = routes
        self.username = username
        self._api = api
        self._spawn = spawn
        self._groups = Groups(self.name)
        self._bot = Bot(api.secret, Silent())
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.include_router(self._router())

    def _router(self) -> Router:
        router = Router(name=self.name)
        router.message.register(self._message)
        router.edited_message.register(self._edited)
        router.my_chat_member.register(self._membership)
        router.message_reaction.register(self._reaction)
        return router

    async def handle(self, item: Item) -> None:
        """Finish one delivery: done, refused in words, or counted as failed. Raises `Retry` when it must come again."""
        context: Context | None = None
        try:
            update = self._read(item)
            async with work(STRANGER) as w:
                context = Context(item, w)
                w.closers.append(lambda _: self._settle(context))
                if update is None:
                    await self._press(item.update["callback_query"], context)
                else:
                    await self._dispatcher.feed_update(self._bot, update, context=context)
        except Fenced:
            return
        except incoming.NotAnUpdate as error:
            async with work():
                await inbox.kill(item.id, f"not an update: {error}")
            return
        except Refusal as error:
            await self._refused(context, error)
        except inbox.Conflict:
            raise Retry(0) from None
        except LOST:
            raise
        except RIVALS as error:
            item.tries += 1
            if item.tries <= BUSY_TRIES:
                raise Retry(0.01 * item.tries) from None
            await self._failed(context, error)
        except Exception as error:
            await self._failed(context, error)
        if context and context.turn:
            self._answer(context.turn)

    def _read(self, item: Item) -> Update | None:
        """An update as aiogram knows it; None for a press, which is read as it came."""
        if item.update.get("callback_query"):
            return None
        try:
            return Update.model_validate(incoming.without_nul(item.update), context={"bot": self._bot})
        except ValidationError as error:
            raise incoming.NotAnUpdate(f"{error.error_count()} errors") from error

    # What happened, kind by kind

    async def _message(self, event: Message, context: Context) -> None:
        user = event.from_user
        if event.migrate_to_chat_id:
            await self._groups.migrated(event.chat.id, event.migrate_to_chat_id)
        elif event.migrate_from_chat_id:
            await self._groups.migrated(event.migrate_from_chat_id, event.chat.id)
        if user is None or user.is_bot or event.sender_chat is not None:
            await self._anonymous(event, context)
            return
        turn = incoming.blank(self.name, context.work, user, event.chat, event.message_id, event.date)
        understood = incoming.message_turn(turn, event, self.username)
        await self._meet(context, turn, incoming.reply_of(event))
        if turn.command == "@":
            return
        if understood:
            await self._run(self.routes.of_message(turn), turn)
        elif turn.private and event.content_type not in SERVICE:
            turn.say(NOTE, {"key": "telegram.unsupported"})

    async def _anonymous(self, event: Message, context: Context) -> None:
        """An administrator who writes in the group's name: we can't know who it is, and a command gets that answer, in
        the group's language."""
        user, group = event.from_user, event.sender_chat
        if user is None or group is None or group.id != event.chat.id:
            return
        turn = incoming.blank(self.name, context.work, user, event.chat, event.message_id, event.date)
        incoming.message_turn(turn, event, self.username)
        if turn.command and turn.command != "@":
            here = await scene(context.work, self.name, event.chat.id, user.id)
            turn.locale = here.locale or (await company()).locale
            turn.say(NOTE, {"key": "telegram.anonymous"})

    async def _edited(self, event: Message, context: Context) -> None:
        if event.from_user is None or event.from_user.is_bot:
            return
        turn = incoming.blank(self.name, context.work, event.from_user, event.chat, event.message_id, event.date)
        turn.edited = True
        incoming.message_turn(turn, event, self.username)
        await self._meet(context, turn, incoming.reply_of(event))
        await self._run(self.routes.fallback, turn)

    async def _press(self, query: Any, context: Context) -> None:
        turn = incoming.press_turn(self.name, context.work, query)
        await self._meet(context, turn)
        handler = self.routes.presses.get(turn.press.verb) if turn.press else None
        if handler is None:
            turn.toast("telegram.stale")
        await self._run(handler, turn)

    async def _membership(self, event: ChatMemberUpdated, context: Context) -> None:
        turn = incoming.blank(self.name, context.work, event.from_user, event.chat, 0, event.date)
        await self._meet(context, turn)
        here = event.new_chat_member.status in ("member", "administrator", "creator", "restricted")
        was = event.old_chat_member.status in ("member", "administrator", "creator", "restricted")
        if turn.private:
            if not here:
                parties = await sending.block(self.name, turn.chat_id, BLOCKED)
                await unreachable(self.name, parties, BLOCKED)
            return
        await self._groups.membership(turn, here=here)
        rights = event.old_chat_member.status != event.new_chat_member.status
        if here and (not was or rights):
            await self._run(self.routes.joined, turn)

    async def _reaction(self, event: MessageReactionUpdated, context: Context) -> None:
        if event.user is None or event.user.is_bot:
            return
        turn = incoming.blank(self.name, context.work, event.user, event.chat, event.message_id, event.date)
        incoming.reaction_turn(turn, event)
        await self._meet(context, turn, event.message_id)
        await self._run(self.routes.reacted, turn)

    # Who and where

    async def _meet(self, context: Context, turn: Turn, reply_to: int | None = None) -> None:
        """Fill in the actor, the dialogue, the topic and the answered card; a blocked chat is open again."""
        w = context.work
        context.turn = turn
        user = turn.sender.user_id
        found, turn.actor = await meeting(w, self.name, turn.chat_id, user, turn.thread_id, reply_to)
        turn.dialogue, context.asked = Dialogue(found.step, found.data, found.version), found.step
        turn.topic, turn.replied = found.topic, found.replied
        if order := order_of_card(found.topic) or order_of_card(found.replied):
            note(order=order)
        w.actor = turn.actor or STRANGER
        turn.locale = _locale(turn, found.locale)
        turn.zone = ZoneInfo(found.zone) if found.zone else (await company()).tz
        if found.blocked:
            await sending.unblock(self.name, turn.chat_id)
        if not turn.private:
            await self._groups.seen(turn)

    async def _run(self, handler: Handler | None, turn: Turn) -> None:
        if handler is not None:
            await handler(turn)

    # How it ends

    async def _settle(self, context: Context) -> None:
        """The last but one statement of the work: this delivery is done, and only now, and only once."""
        turn = context.turn
        row = None
        if turn is not None and turn.dialogue.changed:
            stands = turn.dialogue
            user = turn.sender.user_id
            row = DialogueRow(self.name, turn.chat_id, user, stands.step, stands.data, stands.version)
        await inbox.finish(context.item.id, row)

    async def _refused(self, context: Context | None, error: Refusal) -> None:
        """Nothing of the work stands; the words about it do, and the delivery is done. A question whose thing is no
        more is not asked any longer."""
        if context is None:
            raise error
        turn = context.turn
        try:
            async with work() as w:
                left = await self._left(w, turn, context.asked) if turn is not None and ends(error) else None
                await inbox.finish(context.item.id, left)
                if turn is not None:
                    self._tell(turn, w, refusal(error))
        except Fenced:
            if turn is not None:
                turn.answers.clear()
        except inbox.Conflict:
            raise Retry(0) from None

    async def _left(self, w: Work, turn: Turn, asked: str | None) -> DialogueRow | None:
        """The dialogue without the question at hand; what was said so far (a draft) stays."""
        if asked is None or turn.press is not None or turn.command is not None or turn.edited:
            return None
        user = turn.sender.user_id
        here = await scene(w, self.name, turn.chat_id, user)
        return DialogueRow(self.name, turn.chat_id, user, None, here.data, here.version) if here.step == asked else None

    def _tell(self, turn: Turn, w: Work, facts: dict[str, Any]) -> None:
        turn.work = w
        turn.answers.clear()
        if turn.press is not None:
            turn.toast(facts["key"], alert=True, **facts.get("data", {}))
        elif turn.reaction is None and (turn.text or not turn.edited):
            turn.say(NOTE, facts)

    async def _failed(self, context: Context | None, error: Exception) -> None:
        """Count it; come again after a pause, or when attempts ran out bury it and say sorry."""
        if context is None:
            raise error
        item, turn = context.item, context.turn
        log.error("handling failed", exc_info=error)
        async with work() as w:
            dead = await inbox.failed(item.id, error)
            if dead and turn is not None:
                self._tell(turn, w, {"key": "telegram.sorry"})
        if not dead:
            item.tries += 1
            raise Retry(FIRST_PAUSE_S * (1 << min(item.tries - 1, 4)))

    def _answer(self, turn: Turn) -> None:
        """Straight out, after the commit: a press is always answered, a reaction is set."""
        spoken = None
        for answer in turn.answers:
            if "react" in answer:
                emoji = [{"type": "emoji", "emoji": answer["react"]}]
                params = {"chat_id": turn.chat_id, "message_id": turn.message_id, "reaction": emoji}
                self._spawn(self._out("setMessageReaction", params))
            else:
                spoken = answer
        if turn.press is not None:
            params = {"callback_query_id": turn.press.query_id}
            if spoken:
                params["text"] = toast(spoken["key"], spoken["params"], turn.locale)
                params["show_alert"] = spoken["alert"]
            self._spawn(self._out("answerCallbackQuery", params))

    async def _out(self, method: str, params: dict[str, Any]) -> None:
        """Nice to have and soon too late: tried twice, never more."""
        for last in (False, True):
            try:
                await self._api.call(method, params, timeout_s=10)
                return
            except Unknown:
                pass
            except TelegramError as error:
                if error.permanent or last:
                    log.info("%s: %s", method, error.description)
                    return
                await asyncio.sleep(min(error.retry_after or 0.5, 5))


SERVICE = frozenset(
    (
        "pinned_message",
        "write_access_allowed",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "new_chat_members",
        "left_chat_member",
        "users_shared",
        "chat_shared",
    )
)


def _locale(turn: Turn, chat_locale: str | None) -> str:
    """A person is spoken to in their language, a stranger in what they have chosen (`locale` of the dialogue) or else
    in their app's, a group in the group's."""
    if not turn.private and chat_locale:
        return chat_locale
    return turn.actor.locale if turn.actor else str(turn.dialogue.data.get("locale") or turn.locale)
