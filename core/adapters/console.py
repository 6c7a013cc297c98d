"""Twins of powers that reach nobody: what would be sent is kept and logged."""

import logging

from core.kernel.clip import clip
from core.ports import Balance

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
