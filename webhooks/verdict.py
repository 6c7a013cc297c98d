"""What the desk knows when a delivery comes (`Source`) and what it decides (`Outcome`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from webhooks.request import Refusal

Verdict = Literal["valid", "invalid"]
Action = Literal[
    "process",
    "ack_duplicate",
    "ack_ignore",
    "respond_challenge",
    "confirm_subscription",
    "reject",
    "quarantine",
    "drop",
    "send",
]
FRESH_SECONDS = 300


@dataclass(frozen=True)
class Source:
    """`now` in unix seconds; `secret` and `config` as the company set them; `state` is what was seen before."""

    now: float
    secret: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """A secret by name. Without it nothing can be trusted: an empty HMAC key would verify anybody's bytes."""
        value = self.secret.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(503, "endpoint has no secret")
        return value

    def setting(self, name: str) -> str:
        """What the company set and the check cannot do without."""
        value = self.config.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(503, f"endpoint has no {name}")
        return value

    def seen(self, key: str | None, among: str = "seen") -> bool:
        """Whether a delivery with this dedupe key was accepted before."""
        known = self.state.get(among)
        return key is not None and isinstance(known, list | tuple | set | frozenset | dict) and key in map(str, known)

    def check_fresh(self, at: float, what: str = "timestamp", window: float = FRESH_SECONDS) -> None:
        """`at` (unix seconds) must lie within `window` of our clock, both ways."""
        if at < self.now - window:
            raise Refusal(401, f"stale: {what} too old")
        if at > self.now + window:
            raise Refusal(401, f"{what} too new")


@dataclass(frozen=True)
class Outcome:
    """`key` is the vendor's dedupe key, kept by whoever calls; `response` is (content type, body)."""

    verdict: Verdict
    action: Action
    http_status: int | None
    reason: str = ""
    normalized: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    response: tuple[str, str] | None = None


def process(
    http_status: int | None = 200,
    /,
    *,
    key: str | None = None,
    response: tuple[str, str] | None = None,
    reason: str = "",
    **normalized: Any,
) -> Outcome:
    return Outcome("valid", "process", http_status, reason, normalized, key, response)


def duplicate(status: int = 200, *, key: str | None = None, response: tuple[str, str] | None = None) -> Outcome:
    return Outcome("valid", "ack_duplicate", status, "seen before", key=key, response=response)


def ignore(reason: str = "", status: int = 200, *, response: tuple[str, str] | None = None) -> Outcome:
    """Genuine, but nothing follows from it."""
    return Outcome("valid", "ack_ignore", status, reason, response=response)


def reject(status: int | None, reason: str, *, response: tuple[str, str] | None = None) -> Outcome:
    return Outcome("invalid", "reject", status, reason, response=response)


def challenge(text: str, content_type: str = "text/plain") -> Outcome:
    return Outcome("valid", "respond_challenge", 200, response=(content_type, text))


def send(**normalized: Any) -> Outcome:
    """What we are about to send is signed as its receiver wants it."""
    return Outcome("valid", "send", None, normalized=normalized)
