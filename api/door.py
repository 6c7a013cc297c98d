"""Who comes in: the token, its scope, how often; what a request may weigh; how an answer goes out."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from api.endpoint import Call, Endpoint
from api.limits import MAX_JSON, Limiter, Quota, check_json
from api.problem import invalid, problem, refused
from core.files.rules import MAX_BYTES
from core.kernel.errors import Away, Outage, Refusal
from core.kernel.ids import digest
from core.kernel.work import work
from core.tokens.actions import answered, begin
from core.tokens.queries import Holder, holder_of

READ_S = 60.0
CHUNK = 1 << 16
MOST_ADDRESS = 4 << 10
LIMITER: web.AppKey[Limiter] = web.AppKey("limiter", Limiter)
QUOTA: web.RequestKey[Quota] = web.RequestKey("quota", Quota)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
BYTES = "application/octet-stream"

log = logging.getLogger(__name__)


def guarded(one: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            holder = await _holder(request, one.scope)
            call = Call(request, holder)
            if one.raw:
                call.raw = await _read(request, MAX_BYTES, BYTES)
            where = "query"
            try:
                call.query = _query(request, one)
                where = "body"
                if one.body is not None:
                    call.raw = await _read(request, MAX_JSON, "application/json")
                    check_json(call.raw)
                    call.body = one.body.model_validate_json(call.raw)
            except ValidationError as error:
                return invalid(request, error, where)
            return await _answer(one, call)
        except Refusal as refusal:
            return refused(request, refusal)
        except Outage as outage:
            log.error("%s", outage, extra={"path": request.path})
            return refused(request, Away())

    return handle


@web.middleware
async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
    """Every answer of the API, wrong addresses and our own mistakes too, is of one shape."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPMethodNotAllowed as error:
        response = _plain(request, 405, "api.bad_method")
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    except web.HTTPException as error:
        response = _plain(request, 404 if error.status == 404 else 400, "api.no_such_address")
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("the API failed", extra={"path": request.path})
        response = _plain(request, 500, "api.mistake")
    if (quota := request.get(QUOTA)) is not None and not response.prepared:
        response.headers.update(quota.headers)
    return response


def _plain(request: web.Request, status: int, code: str) -> web.Response:
    from api.problem import language
    from core.kernel.words import words

    return problem(request, status, code, words("api", language(request)).text(f"error.{code}"))


async def _holder(request: web.Request, scope: str | None) -> Holder:
    """Refusals api.no_token, api.bad_token, api.revoked_token, api.expired_token, api.rate, api.no_scope."""
    if len(request.raw_path) > MOST_ADDRESS:
        raise Refusal("api.too_long_address", limit=MOST_ADDRESS)
    given = request.headers.getall("Authorization", [])
    kind, _, text = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if kind.lower() != "bearer" or not text.strip():
        raise Refusal("api.no_token")
    holder = await holder_of(text.strip())
    if isinstance(holder, str):
        raise Refusal(f"api.{holder}_token" if holder != "unknown" else "api.bad_token")
    quota = await request.config_dict[LIMITER].take(holder.id, holder.per_minute)
    request[QUOTA] = quota
    if quota.left < 0:
        raise Refusal("api.rate", limit=quota.limit, reset=quota.reset)
    if scope is not None and scope not in holder.scopes:
        raise Refusal("api.no_scope", scope=scope)
    return holder


def _query(request: web.Request, one: Endpoint) -> Any:
    """Every parameter once, and none that the endpoint does not know."""
    given: dict[str, str | list[str]] = {}
    for name in request.query:
        values = request.query.getall(name)
        given[name] = values[0] if len(values) == 1 else values
    return (one.query or Nothing).model_validate(given)


class Nothing(BaseModel, extra="forbid"):
    """No parameters."""


async def _read(request: web.Request, most: int, kind: str) -> bytes:
    """The body as it came. Refusals api.bad_type, api.packed, api.too_large, api.slow."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refusal("api.packed")
    if request.content_type != kind or "Content-Type" not in request.headers:
        raise Refusal("api.bad_type", kind=kind)
    if (request.content_length or 0) > most:
        raise Refusal("api.too_large", limit=most)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            while chunk := await request.content.read(CHUNK):
                body += chunk
                if len(body) > most:
                    raise Refusal("api.too_large", limit=most)
    except TimeoutError as error:
        raise Refusal("api.slow") from error
    return bytes(body)


async def _answer(one: Endpoint, call: Call) -> web.StreamResponse:
    if one.guarded and "If-Match" not in call.request.headers:
        raise Refusal("api.precondition_required")
    if one.writes:
        return await once(call, one.status, lambda: one.handler(call))
    found = await one.handler(call)
    if isinstance(found, web.StreamResponse):
        return found
    return _json(call.request, dumped(found), one.status, tagged=one.tagged)


async def once(call: Call, status: int, do: Callable[[], Awaitable[Any]]) -> web.StreamResponse:
    """Do it in a work of the token. With an Idempotency-Key its copy is answered as the first was, and does nothing."""
    key, token_id = _key(call.request), call.holder.id
    async with work(call.actor):
        if key is not None:
            given = await begin(token_id, key, _digest(call))
            if given is not None:
                response = _json(call.request, given.body, given.status)
                response.headers["Idempotent-Replayed"] = "true"
                return response
        text = dumped(await do())
        if key is not None:
            await answered(token_id, key, status, text)
    return _json(call.request, text, status, tagged=call.request.method == "PATCH")


def _key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and KEY.fullmatch(key) is None:
        raise Refusal("api.bad_key")
    return key


def _digest(call: Call) -> str:
    said = f"{call.request.method} {call.request.raw_path} {call.request.headers.get('If-Match', '')}\n".encode()
    return hashlib.sha256(said + call.raw).hexdigest()


def dumped(found: BaseModel) -> str:
    return found.model_dump_json()


def tag_of(text: str) -> str:
    """The ETag of what a GET answers with."""
    return f'"{digest(text)[:32]}"'


def matches(header: str, tag: str) -> bool:
    """If-None-Match, compared weakly."""
    return header.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in header.split(",")]


def check_match(call: Call, now: BaseModel) -> None:
    """If-Match against the thing as it is now, under its lock; weak tags never match. Refusal
    api.precondition_failed."""
    header, tag = call.request.headers["If-Match"], tag_of(dumped(now))
    if header.strip() != "*" and tag not in [part.strip() for part in header.split(",")]:
        raise Refusal("api.precondition_failed")


def _json(request: web.Request, text: str, status: int, *, tagged: bool = False) -> web.Response:
    headers = {"Cache-Control": "private, no-cache" if tagged else "no-store"}
    if tagged:
        tag = headers["ETag"] = tag_of(text)
        if request.method in ("GET", "HEAD") and matches(request.headers.get("If-None-Match", ""), tag):
            return web.Response(status=304, headers=headers)
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
