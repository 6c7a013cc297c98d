"""Twins of powers that reach nobody: what would be sent is kept and logged."""

import logging
from collections.abc import Mapping

from core.files.rules import MAX_BYTES, check_size
from core.kernel.clip import clip
from core.kernel.errors import Outage
from core.ports import Balance, Button, Enclosed

log = logging.getLogger(__name__)
KEPT = 200


class ConsoleMailer:
    def __init__(self, sender: str = "desk@naryad.test") -> None:
        self.sender = sender
        self.letters: list[tuple[str, str, bytes]] = []

    async def send(self, envelope: str, recipient: str, letter: bytes) -> None:
        self.letters = [*self.letters[-KEPT:], (envelope, recipient, letter)]
        log.info("a letter to %s, %d bytes", recipient, len(letter))


class ConsoleTexter:
    def __init__(self, most: int = 300) -> None:
        self.most = most
        self.said: list[tuple[str, str]] = []

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        told = clip(text, self.most)
        self.said = [*self.said[-KEPT:], (phone, told)]
        log.info("to %s: %s", phone, told)

    async def check(self) -> Balance | None:
        return None


class ConsoleMessenger:
    """`files` are those that may be fetched, by id."""

    def __init__(self, account: str = "console", templates: Mapping[str, str] | None = None) -> None:
        self.account = account
        self.by_phone = True
        self.buttons = False
        self.most = 1000
        self.most_template = 300
        self.most_caption = 200
        self.templates = dict(templates or {})
        self.said: list[tuple[str, str, str]] = []
        self.enclosed: list[Enclosed] = []
        self.files: dict[str, bytes] = {}

    def template(self, screen: str) -> str:
        return self.templates.get(screen, "")

    def takes(self, mime: str, size: int) -> bool:
        return mime == "application/pdf" and size <= MAX_BYTES

    async def write(
        self,
        to: str,
        text: str,
        locale: str,
        key: str,
        template: str = "",
        file: Enclosed | None = None,
        button: Button | None = None,
    ) -> str:
        if template:
            told = clip(" ".join(text.split()), self.most_template)
        else:
            told = clip(text, self.most_caption if file else self.most)
            self.enclosed = [*self.enclosed[-KEPT:], *([file] if file else [])]
        self.said = [*self.said[-KEPT:], (to, template, told)]
        log.info("to %s: %s", to, told)
        return f"console-{key}"

    async def fetch(self, media_id: str, most: int) -> bytes:
        if media_id not in self.files:
            raise Outage("console", "no such file", permanent=True)
        check_size(len(self.files[media_id]), most)
        return self.files[media_id]

    async def check(self) -> None:
        return None
