"""Signed short names: deep links, QR payloads, one-time codes.

`NARYAD_SECRET` is a list: the first secret signs, all verify; each purpose has its own subkey, so that a link of
one kind is never good for another. A payload is `<version><id in base 62>-<8-byte MAC in base64url>` of at most 64
characters of `[A-Za-z0-9_-]`, which fits Telegram's `start` parameter.
"""

import base64
import hashlib
import hmac
import secrets as random
import string

ALPHABET = string.digits + string.ascii_letters
VERSION = "1"


class Keys:
    """The desk's secrets. `sign` and `read` make and open payloads; `token` and `digest` serve one-time links."""

    def __init__(self, secrets: list[str]) -> None:
        if not secrets or any(len(secret) < 16 for secret in secrets):
            raise ValueError("every secret needs at least 16 characters")
        self._secrets = [secret.encode() for secret in secrets]

    def subkey(self, purpose: str, secret: bytes | None = None) -> bytes:
        return hmac.digest(secret or self._secrets[0], purpose.encode(), hashlib.sha256)

    def subkeys(self, purpose: str) -> list[bytes]:
        """The purpose's key of every secret, the one in force first: what an old one sealed still opens."""
        return [self.subkey(purpose, secret) for secret in self._secrets]

    def mac(self, purpose: str, text: str, *, size: int = 8, secret: bytes | None = None) -> str:
        digest = hmac.digest(self.subkey(purpose, secret), text.encode(), hashlib.sha256)[:size]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def same(self, purpose: str, text: str, mac: str, *, size: int = 8) -> bool:
        """Whether any of our secrets made this MAC."""
        good = [
            hmac.compare_digest(self.mac(purpose, text, size=size, secret=secret).encode(), mac.encode())
            for secret in self._secrets
        ]
        return any(good)

    def macs(self, purpose: str, text: str, *, size: int) -> list[str]:
        """What each of our secrets makes of it, the one in force first."""
        return [self.mac(purpose, text, size=size, secret=secret) for secret in self._secrets]

    def sign(self, purpose: str, number: int) -> str:
        """A payload that names row `number`; the reader still looks whether the row stands and is not revoked."""
        text = VERSION + base62(number)
        return f"{text}-{self.mac(purpose, text)}"

    def read(self, purpose: str, payload: str) -> int | None:
        """The row's number, or None for anything that this desk did not sign for this purpose."""
        text, _, mac = payload.partition("-")
        if not text.isascii() or not mac.isascii() or len(payload) > 64 or text[:1] != VERSION:
            return None
        good = [hmac.compare_digest(self.mac(purpose, text, secret=secret), mac) for secret in self._secrets]
        return unbase62(text[1:]) if any(good) else None


_keys: Keys | None = None


def use(keys: Keys) -> None:
    """Set the process's keys; done once at start."""
    global _keys
    _keys = keys


def keys() -> Keys:
    """The process's keys. A programming error before `use`."""
    if _keys is None:
        raise RuntimeError("the desk's keys are not set")
    return _keys


def token() -> str:
    """A fresh unguessable token of 32 URL-safe characters; store only its `digest`."""
    return random.token_urlsafe(24)


def digest(secret: str) -> str:
    """What is stored of a one-time token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def base62(number: int) -> str:
    """Non-negative integers only."""
    digits = ""
    while True:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
        if not number:
            return digits


def unbase62(text: str) -> int | None:
    if not text or len(text) > 11 or any(c not in ALPHABET for c in text):
        return None
    number = 0
    for char in text:
        number = number * 62 + ALPHABET.index(char)
    return number
