"""A session for aiogram's `Bot` that never calls Telegram.

Aiogram tells our handlers which update is theirs; every call goes out by `api.py`, in order and under the limits. The
library's own session would read all certificates of the machine for each bot, a quarter of a desk's start.
"""

from typing import Any, NoReturn

from aiogram.client.session.base import BaseSession


class Silent(BaseSession):
    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(self, bot: Any, method: Any, timeout: int | None = None) -> NoReturn:
        raise RuntimeError(f"{type(method).__name__} must go out by bot.telegram.api")

    def stream_content(self, url: str, *given: Any, **named: Any) -> NoReturn:
        raise RuntimeError("files are fetched by bot.telegram.files")
