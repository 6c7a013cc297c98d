"""One notice becomes calls: rendered now, addressed now, sent anew or as an edit of what is there."""

import logging
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.routes import SCREENS
from bot.telegram import render
from bot.telegram.api import Api, TelegramError, Unknown, Upload
from bot.telegram.files import Shelf
from bot.telegram.groups import Groups
from bot.telegram.ledger import Ledger
from bot.telegram.line import Line
from bot.telegram.markup import plain
from bot.telegram.render import Part, Where
from bot.view import View
from core.kernel.errors import Refusal
from core.kernel.failpoints import hit
from core.outbox import queries
from core.outbox.actions import Queued
from core.outbox.sending import CardRow

NO_MESSAGE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message to be replied",
    "message identifier is not specified",
)
NOT_MODIFIED = ("message is not modified", "topic_not_modified", "exactly the same")
NO_THREAD = ("message thread not found", "topic_deleted", "topic_id_invalid", "thread not found")
NO_FORUM = ("not a forum", "topics are not enabled", "chat_not_modified")
NO_CHAT = ("chat not found", "user is deactivated", "chat was deleted", "peer_id_invalid")
NOT_TEXT = ("there is no text in the message",)
BAD_FILE = ("wrong file", "wrong remote file", "file_reference", "wrong type of file")
BAD_HTML = ("can't parse entities", "can't parse entity")
OVER = ("message can't be deleted", "message to delete not found", "message to stop", "can't be stopped")

log = logging.getLogger(__name__)


class Gone(Exception):
    """There is nothing to send any more."""


class Unreachable(Exception):
    """The chat refuses us."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Migrated(Exception):
    """The group has a new id."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(str(chat_id))
        self.chat_id = chat_id


class Post:
    """Knows how to say things in one bot; the order and the pace are the sender's."""

    def __init__(
        self, bot: str, api: Api, ledger: Ledger, shelf: Shelf, *, app_url: str | None = None, username: str = ""
    ) -> None:
        self._bot = bot
        self._api = api
        self._ledger = ledger
        self._shelf = shelf
        self._private = Where(bot, True, app_url, username)
        self._group = Where(bot, False, app_url, username)
        self._groups = Groups(bot)

    async def migrated(self, old: int, new: int) -> None:
        """In the running work: what waits for the old id follows the group."""
        await self._groups.migrated(old, new)
        self._ledger.forget_chat(old)

    async def send(self, line: Line, notice: Queued) -> None:
        """Done when it returns. Raises `Gone`, `Unreachable`, `Migrated`, `NotReady`, `TelegramError` or `Unknown`."""
        try:
            if notice.op == "topic":
                await self._topic(notice)
            elif notice.op == "erase":
                await self._erase(notice)
            else:
                await self._show(line, notice)
        except TelegramError as error:
            if error.migrate_to:
                raise Migrated(error.migrate_to) from error
            if error.code == 403 or error.says(*NO_CHAT):
                raise Unreachable(error.description) from error
            raise

    async def _card(self, notice: Queued, key: str | None) -> CardRow | None:
        if key is None:
            return None
        place = (notice.chat_id, key)
        return (await self._ledger.cards((place,)))[place]

    def _view(self, notice: Queued) -> View:
        return SCREENS[notice.screen](notice.facts, notice.locale, ZoneInfo(notice.zone))

    # Messages

    async def _show(self, line: Line, notice: Queued) -> None:
        card = await self._card(notice, notice.card)
        if card is not None and card.revision > notice.revision:
            notice = await self._newest(card, notice)
        view = await self._shelf.fit(self._view(notice), notice.locale)
        where = self._private if notice.chat_id > 0 else self._group
        target, shown = notice.message_id, ""
        if card is not None and card.message_id is not None:
            target, shown = card.message_id, card.digest
        if target and not line.steps:
            if await self._edit(notice, view, where, target, shown):
                if notice.card:
                    digest = shown or render.letter(view, where).main.kind
                    self._ledger.card(CardRow(notice.chat_id, notice.card, target, None, notice.revision, digest))
                return
            if card is not None and shown and shown != render.letter(view, where).main.kind:
                await self._delete(notice.chat_id, target)
        if view.place is not None and view.place.live == 0:
            if card is not None and card.message_id is not None:
                self._ledger.card(replace(card, revision=notice.revision))
            raise Gone("nothing is shared any more")
        await self._anew(line, notice, view, where)

    async def _newest(self, card: CardRow, notice: Queued) -> Queued:
        """Instead of facts that were read before the newest ones were told. What is erased by them is shown again."""
        newest = None if card.message_id else await queries.newest(self._bot, card.chat_id, card.card)
        if newest is None or newest.revision < notice.revision:
            raise Gone("a newer version is shown")
        return newest

    async def _edit(self, notice: Queued, view: View, where: Where, target: int, shown: str) -> bool:
        """True when the message shows the view now; False when it must be sent anew."""
        part = render.edit(view, where, shown)
        if part is None:
            return False
        place = {"chat_id": notice.chat_id, "message_id": target}
        try:
            await self._call(part, place)
        except TelegramError as error:
            if error.says(*NOT_MODIFIED, *OVER):
                return True
            if error.says(*NOT_TEXT) and part.kind == "text":
                return await self._edit_caption(part, place)
            if error.says(*NO_MESSAGE):
                return False
            raise
        return True

    async def _edit_caption(self, part: Part, place: dict[str, Any]) -> bool:
        try:
            await self._call(render.caption_edit(part), place)
        except TelegramError as error:
            if error.says(*NOT_MODIFIED):
                return True
            if error.says(*NO_MESSAGE, "no caption"):
                return False
            raise
        return True

    async def _anew(self, line: Line, notice: Queued, view: View, where: Where) -> None:
        """Send every call that is not done yet; the card is known as soon as its own message is out."""
        parts = render.letter(view, where).parts
        place: dict[str, Any] = {"chat_id": notice.chat_id}
        if thread := await self._thread(notice):
            place["message_thread_id"] = thread
        answered = await self._card(notice, notice.reply_to)
        if answered is not None and answered.message_id:
            reply = {"message_id": answered.message_id, "allow_sending_without_reply": True}
            place["reply_parameters"] = reply
        for part in parts[line.steps :]:
            result = await self._deliver(notice, part, place)
            hit("sender.part_sent")
            line.steps += 1
            first = result[0] if isinstance(result, list) else result
            if part.main and notice.card:
                row = CardRow(notice.chat_id, notice.card, first["message_id"], None, notice.revision, part.kind)
                self._ledger.card(row)
            if part.main and view.pinned:
                await self._quietly("pinChatMessage", notice.chat_id, first["message_id"], disable_notification=True)

    async def _deliver(self, notice: Queued, part: Part, place: dict[str, Any]) -> Any:
        """One call, mended once where Telegram says what is wrong: the topic, the file's name, the markup."""
        try:
            return await self._call(part, place)
        except TelegramError as error:
            if error.says(*NO_THREAD) and notice.topic:
                place.pop("message_thread_id", None)
                if thread := await self._topic_again(notice):
                    place["message_thread_id"] = thread
            elif error.says("topic_closed") and "message_thread_id" in place:
                await self._topic_call("reopenForumTopic", notice.chat_id, place["message_thread_id"])
            elif error.says(*BAD_FILE) and part.media:
                await self._shelf.forget(part.media)
            elif error.says(*BAD_HTML):
                log.error("broken markup")
                _strip(part.params)
            else:
                raise
        return await self._call(part, place)

    async def _call(self, part: Part, place: dict[str, Any]) -> Any:
        params = {**part.params, **place}
        uploads: dict[str, Upload] = {}
        method = part.method
        if part.media:
            method, uploads = await self._fill(part, params)
        result = await self._api.call(method, params, uploads)
        if part.media:
            await self._shelf.learn(part.media, result)
        return result

    async def _fill(self, part: Part, params: dict[str, Any]) -> tuple[str, dict[str, Upload]]:
        """Put the files' names where the call wants them."""
        try:
            names, uploads, kinds = await self._shelf.fill(part.media)
        except Refusal as error:
            raise TelegramError(part.method, 400, f"file: {error}") from error
        if part.method == "sendMediaGroup":
            items = [
                {**item, "media": name, "type": kind}
                for item, name, kind in zip(params["media"], names, kinds, strict=True)
            ]
            params["media"] = items
        elif part.method == "editMessageMedia":
            params["media"] = {**params["media"], "media": names[0], "type": kinds[0]}
        else:
            params[kinds[0] if kinds[0] in render.METHODS else "document"] = names[0]
            return render.METHODS.get(kinds[0], "sendDocument"), uploads
        return part.method, uploads

    async def _erase(self, notice: Queued) -> None:
        card = await self._card(notice, notice.card)
        target = card.message_id if card is not None else notice.message_id
        if target is None:
            raise Gone("it was never shown")
        await self._delete(notice.chat_id, target)
        if card is not None and notice.card:
            revision = max(notice.revision, card.revision)
            self._ledger.card(CardRow(notice.chat_id, notice.card, None, None, revision, ""))

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._api.call("deleteMessage", {"chat_id": chat_id, "message_id": message_id})
        except TelegramError as error:
            if not error.permanent or error.code == 403:
                raise

    async def _quietly(self, method: str, chat_id: int, message_id: int, **params: Any) -> None:
        """A nicety after the fact: if it fails, so be it."""
        try:
            await self._api.call(method, {"chat_id": chat_id, "message_id": message_id, **params})
        except (TelegramError, Unknown) as error:
            log.info("%s", error)

    # Topics

    async def _thread(self, notice: Queued) -> int | None:
        """The forum topic a message belongs to; None in a group without topics."""
        if notice.topic is None:
            return None
        if notice.topic.startswith("thread:"):
            return int(notice.topic.removeprefix("thread:"))
        row = await self._card(notice, notice.topic)
        return row.thread_id if row else None

    async def _topic(self, notice: Queued) -> None:
        row, view = await self._card(notice, notice.card), self._view(notice)
        if row is not None and row.revision > notice.revision:
            raise Gone("a newer version is shown")
        if row is None or row.thread_id is None:
            await self._topic_made(notice, view)
            return
        state = "closed" if view.closed else "open"
        try:
            await self._topic_call("editForumTopic", notice.chat_id, row.thread_id, name=render.topic_name(view))
            if state != (row.digest or "open"):
                method = "closeForumTopic" if view.closed else "reopenForumTopic"
                await self._topic_call(method, notice.chat_id, row.thread_id)
        except TelegramError as error:
            if not error.says(*NO_THREAD):
                raise
            await self._topic_made(notice, view)
            return
        self._ledger.card(CardRow(notice.chat_id, row.card, None, row.thread_id, notice.revision, state))

    async def _topic_made(self, notice: Queued, view: View) -> int:
        params = {"chat_id": notice.chat_id, "name": render.topic_name(view)}
        try:
            made = await self._api.call("createForumTopic", params)
        except TelegramError as error:
            if error.says(*NO_FORUM):
                raise Gone("the group has no topics") from error
            raise
        thread = int(made["message_thread_id"])
        card = notice.card or ""
        self._ledger.card(CardRow(notice.chat_id, card, None, thread, notice.revision, "open"))
        return thread

    async def _topic_again(self, notice: Queued) -> int | None:
        """Somebody deleted the topic: make it anew from what made it; without that, speak outside of topics."""
        made_by = await queries.topic_notice(self._bot, notice.chat_id, notice.topic or "")
        if made_by is None:
            return None
        try:
            return await self._topic_made(made_by, self._view(made_by))
        except Gone:
            return None

    async def _topic_call(self, method: str, chat_id: int, thread: int, **params: Any) -> None:
        try:
            await self._api.call(method, {"chat_id": chat_id, "message_thread_id": thread, **params})
        except TelegramError as error:
            if not error.says(*NOT_MODIFIED):
                raise


def _strip(params: dict[str, Any]) -> None:
    """Words without markup, when Telegram can't read the markup."""
    params.pop("parse_mode", None)
    for name in ("text", "caption"):
        if name in params:
            params[name] = plain(params[name])
    if isinstance(params.get("media"), list):
        for item in params["media"]:
            _strip(item)
