"""What goes wrong: Bot API refusals in Telegram's wording, and refusals of what a person on the page tried."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused Bot API call. `description` is Telegram's sentence, `parameters` its ResponseParameters."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class ActError(Exception):
    """A person cannot do that. `code` is stable (the page translates it), `text` is English for developers."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def bad(description: str, parameters: dict[str, Any] | None = None) -> ApiError:
    return ApiError(400, f"Bad Request: {description}", parameters)


def forbidden(description: str) -> ApiError:
    return ApiError(403, f"Forbidden: {description}")


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def migrated(chat_id: int) -> ApiError:
    return bad("group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat_id})
