"""Files between Telegram and the room `files`: by their `file_id` where a bot knows one, by their bytes where not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.telegram.api import Api, Server, TelegramError, Unknown, Upload
from bot.view import Media, View
from core.files import actions as files
from core.files.queries import bot_key, bytes_of, file_view, file_views
from core.kernel.errors import Outage, Refusal
from core.kernel.words import words
from core.kernel.work import work

MOST_BYTES = 20 * 1024 * 1024
MEGABYTE = 1024 * 1024
MOST_SENT = 50 * MEGABYTE
FILE = "shared.file.document"
PHOTO_BYTES = 10 * 1024 * 1024
DOWNLOAD_S = 120.0


class NotReady(Exception):
    """The bytes are still on their way to us."""


class Downloads:
    """`ports.Telegram` for all bots of the desk."""

    def __init__(self, tokens: dict[str, str], server: Server) -> None:
        self._tokens = tokens
        self._server = server

    async def download(self, bot: str, key: str) -> bytes:
        """The bytes of a `file_id` of this bot. `Outage`, permanent when the file will never come."""
        if bot not in self._tokens:
            raise Outage("telegram", f"no token of the {bot} bot", permanent=True)
        api = Api(self._tokens[bot], self._server, DOWNLOAD_S)
        try:
            found = await api.call("getFile", {"file_id": key})
            return await api.download(found["file_path"], MOST_BYTES)
        except TelegramError as error:
            raise Outage("telegram", error.description, permanent=error.permanent) from error
        except Unknown as error:
            raise Outage("telegram", str(error)) from error


class Shelf:
    """Finds what to put into a call for our files, and learns the names that Telegram gives them."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._keys: dict[int, str] = {}

    async def fit(self, view: View, locale: str) -> View:
        """The view without the files that can't go out: those whose bytes never came, and those that are too large for
        a bot to send. They are named in its text, so that the rest is not lost with them."""
        kept, told = [], []
        for one in view.media:
            line = await self._unsendable(one.file_id, locale)
            if line is None:
                kept.append(one)
            else:
                told.append(line)
        if not told:
            return view
        return replace(view, media=tuple(kept), text="\n\n".join(filter(None, (view.text, "\n".join(told)))))

    async def _unsendable(self, file_id: int, locale: str) -> str | None:
        """What to say of a file that this bot can't send; None for one that it can, or will when its bytes are here."""
        if file_id in self._keys or await bot_key(file_id, self._bot):
            return None
        file = (await file_views([file_id])).get(file_id)
        key = file and ("lost" if file.error else "too_large" if file.size > MOST_SENT else None)
        if file is None or not key:
            return None
        said = words("bot", locale)
        name = file.name or said.text(f"shared.file.{file.kind}" if said.has(f"shared.file.{file.kind}") else FILE)
        return said.html(f"telegram.file.{key}", name=name, size=round(file.size / MEGABYTE))

    async def fill(self, media: Sequence[Media]) -> tuple[list[str], dict[str, Upload], list[str]]:
        """For each file: its name for the call (a `file_id` or `attach://…`), the uploads, and the kind to send as.

        `NotReady` while bytes are on their way; `Refusal` when a file will never come.
        """
        names, uploads, kinds = [], {}, []
        for n, one in enumerate(media):
            key = self._keys.get(one.file_id) or await bot_key(one.file_id, self._bot)
            kind = one.kind
            if key is None:
                upload = await self._upload(one.file_id)
                if kind == "photo" and len(upload.data) > PHOTO_BYTES:
                    kind = "document"
                uploads[f"f{n}"] = upload
                key = f"attach://f{n}"
            names.append(key)
            kinds.append(kind)
        return names, uploads, kinds

    async def _upload(self, file_id: int) -> Upload:
        view = await file_view(file_id)
        try:
            data = await bytes_of(file_id)
        except Refusal as error:
            if error.code == "files.not_ready":
                raise NotReady from error
            raise
        return Upload(view.name or f"{view.kind}-{view.id}", data, view.mime or "application/octet-stream")

    async def learn(self, media: Sequence[Media], result: Any) -> None:
        """Remember the `file_id`s of what was sent, so that the bytes travel once."""
        messages = result if isinstance(result, list) else [result]
        for one, message in zip(media, messages, strict=False):
            key = key_of(message) if isinstance(message, dict) else None
            if key and one.file_id not in self._keys:
                self._keys[one.file_id] = key
                async with work():
                    await files.remember_bot_key(one.file_id, self._bot, key)

    async def forget(self, media: Sequence[Media]) -> None:
        """Telegram does not know these names any more: send the bytes again."""
        for one in media:
            self._keys.pop(one.file_id, None)
            async with work():
                await files.forget_bot_key(one.file_id, self._bot)


def key_of(message: dict[str, Any]) -> str | None:
    """The `file_id` in a message that Telegram sent back."""
    if message.get("photo"):
        return str(message["photo"][-1]["file_id"])
    for kind in ("video", "voice", "audio", "document", "animation"):
        if kind in message:
            return str(message[kind]["file_id"])
    return None
