"""What the desk answers when it will not do a thing.

An error carries a code and data, never words: `locales/` holds `error.<code>` in every language and the
doors choose the status.
"""

from typing import Any


class Refusal(Exception):
    """The request was understood and is refused; nothing changed. `code` is dotted: `orders.already_taken`."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return f"{self.code} {self.data}" if self.data else self.code


class NotFound(Refusal):
    """No such thing, or not for this actor: the two look alike from outside, so that ids can't be probed."""

    def __init__(self, what: str, **data: Any) -> None:
        super().__init__(f"{what}.not_found", **data)


class Gone(NotFound):
    """It was there, whoever asks held the key to it, and it was taken away on purpose."""

    def __init__(self, what: str, **data: Any) -> None:
        Refusal.__init__(self, f"{what}.gone", **data)


class NotAllowed(Refusal):
    """The actor is known and lacks the permission named in `data["permission"]`."""

    def __init__(self, permission: str) -> None:
        super().__init__("not_allowed", permission=permission)


class Stale(Refusal):
    """The thing changed since the person looked at it: show it anew and let them decide again."""

    def __init__(self, what: str, **data: Any) -> None:
        super().__init__(f"{what}.changed", **data)


class Away(Refusal):
    """What a door says to whoever waits when an `Outage` kept it from being done: the same will work in a while."""

    def __init__(self) -> None:
        super().__init__("away")


class Outage(Exception):
    """An outside power did not answer as it should. `permanent`: the same call will never succeed."""

    def __init__(self, power: str, reason: str, *, permanent: bool = False) -> None:
        super().__init__(f"{power}: {reason}")
        self.power = power
        self.reason = reason
        self.permanent = permanent


class Unfit(Outage):
    """The power does not take this now, and asking again will not help; another thing, or another day, may do."""


class Unanswered(Outage):
    """The power was asked and did not answer: it may have done it. Asking again may do it twice."""
