"""How the API says no: RFC 9457 problem+json with a code that stays and words in the caller's language."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from core.kernel.errors import NotAllowed, NotFound, Refusal, Stale
from core.kernel.words import language_of, words

TYPE = "application/problem+json"
AWAY_S = 30
STATUS = {
    "api.no_token": 401,
    "api.bad_token": 401,
    "api.expired_token": 401,
    "api.revoked_token": 401,
    "api.no_scope": 403,
    "api.bad_json": 400,
    "api.bad_key": 400,
    "api.too_deep": 400,
    "api.too_many": 400,
    "api.slow": 408,
    "api.precondition_failed": 412,
    "api.too_large": 413,
    "files.too_large": 413,
    "api.too_long_address": 414,
    "api.bad_type": 415,
    "api.packed": 415,
    "files.type_not_allowed": 415,
    "api.precondition_required": 428,
    "api.rate": 429,
    "orders.wrong_state": 409,
    "orders.not_ready": 409,
    "files.not_ready": 409,
    "away": 503,
}


class Wrong(BaseModel):
    """`at` is the field's path: `body.words`, `query.limit`."""

    at: str
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `code` stays the same in every language; `errors` lists what is wrong with which field."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    scope: str | None = None
    errors: list[Wrong] = []


def language(request: web.Request) -> str:
    return language_of(request.headers.get("Accept-Language", ""))


def status_of(refusal: Refusal, request: web.Request) -> int:
    """What is named in the address and is not there is 404; what only the body names is 422."""
    if refusal.code in STATUS:
        return STATUS[refusal.code]
    if isinstance(refusal, NotFound):
        return 404 if request.match_info else 422
    if isinstance(refusal, NotAllowed):
        return 403
    return 409 if isinstance(refusal, Stale) else 422


def refused(request: web.Request, refusal: Refusal) -> web.Response:
    status = status_of(refusal, request)
    told = _words(request, refusal)
    found = problem(request, status, refusal.code, told, scope=refusal.data.get("scope"))
    if status == 401:
        found.headers["WWW-Authenticate"] = 'Bearer realm="naryad"'
    if status == 429:
        found.headers["Retry-After"] = str(refusal.data["reset"])
    if status == 503:
        found.headers["Retry-After"] = str(AWAY_S)
    return found


def invalid(request: web.Request, error: ValidationError, where: str) -> web.Response:
    """Broken JSON is 400; a document that is not what was asked for is 422 with every mistake."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    if mistakes[0]["type"] == "json_invalid":
        return refused(request, Refusal("api.bad_json"))
    wrong = [
        Wrong(at=".".join([where, *(str(step)[:100] for step in one["loc"])]), code=one["type"], message=one["msg"])
        for one in mistakes[:50]
    ]
    detail = words("api", language(request)).text("error.api.invalid")
    return problem(request, 422, "api.invalid", detail, errors=wrong)


def problem(
    request: web.Request,
    status: int,
    code: str,
    detail: str,
    *,
    scope: str | None = None,
    errors: list[Wrong] | None = None,
) -> web.Response:
    title = words("api", language(request)).text(f"status.{status}")
    body = Problem(title=title, status=status, code=code, detail=detail, scope=scope, errors=errors or [])
    text = body.model_dump_json(exclude_none=True)
    return web.Response(status=status, text=text, content_type=TYPE, headers={"Cache-Control": "no-store"})


def _words(request: web.Request, refusal: Refusal) -> str:
    locale, data = language(request), refusal.data
    for domain in ("api", "admin", "bot"):
        texts = words(domain, locale)
        if texts.has(key := f"error.{refusal.code}"):
            return texts.text(key, **{name: str(value)[:200] for name, value in _plain(data).items()})
    return words("api", locale).text("error.api.other", code=refusal.code)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """A refusal's data may miss what its words in another door want: those are filled with a dash."""
    return {"state": "—", "verb": "—", "reason": "—", "name": "—", "limit": "—", **data}
