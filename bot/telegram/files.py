"""Files between Telegram and the room `files`: by their `file_id` where a bot knows one, by their bytes where not."""

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from bot.telegram.api import TELEGRAM, Api, TelegramError, Unknown, Upload
from bot.view import Media
from core.files import actions as files
from core.files.queries import bot_key, bytes_of, file_view
from core.kernel.errors import Outage, Refusal
from core.kernel.work import work

MOST_BYTES = 20 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
DOWNLOAD_S = 120.0


class NotReady(Exception):
    """The bytes are still on their way to us."""


class Downloads:
    """`ports.Telegram` for all bots of the desk."""

    def __init__(self, tokens: dict[str, str], http: Callable[[], aiohttp.ClientSession], base: str = TELEGRAM) -> None:
        self._tokens = tokens
        self._http = http
        self._base = base

    async def download(self, bot: str, key: str) -> bytes:
        """The bytes of a `file_id` of this bot. `Outage`, permanent when the file will never come."""
        if bot not in self._tokens:
            raise Outage("telegram", f"no token of the {bot} bot", permanent=True)
        api = Api(self._tokens[bot], self._http(), self._base, DOWNLOAD_S)
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
