"""МойСклад: webhooks of changed documents, and the vendor API by which an application is installed.

Trust: webhooks carry none, so the secret stands in the path, the account must be ours, and the entity is read back by
a URL we build: `href` gives type and id, and is never fetched as given. `requestId` in the query is the dedupe key;
the answer must come within 1.5 s. The vendor API (`PUT`, `DELETE …/vendor/1.0/apps/{app}/{account}`) is signed by a
JWT, HS256 with the application's secret key, each `jti` good once. Source: vendor documentation.
"""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from webhooks.door import check_path
from webhooks.fields import text
from webhooks.request import Malformed, Refusal, Request
from webhooks.signatures import bearer_token, open_jwt, same
from webhooks.verdict import FRESH_SECONDS, Outcome, Source, duplicate, ignore, process, reject

NAME = "moysklad"

MAX_EVENTS = 1000
API_HOST = "api.moysklad.ru"
_HREF = re.compile(
    r"/api/remap/[0-9.]{1,8}/entity/([A-Za-z]{1,40})/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
)
_VENDOR_PATH = re.compile(r".*/vendor/1\.0/apps/([^/]+)/([^/]+)(/status)?/?")
_ENTITIES = {"customerorder": "order", "counterparty": "counterparty", "demand": "shipment", "invoiceout": "invoice"}
_ACTIONS = {"CREATE": "created", "UPDATE": "updated", "DELETE": "deleted", "PROCESSED": "processed"}


def judge(request: Request, source: Source) -> Outcome:
    vendor = _VENDOR_PATH.fullmatch(request.path)
    if vendor is not None:
        return _vendor(request, source, vendor[2])
    check_path(request, source.key("path_token"))
    return _webhook(request, source)


def _webhook(request: Request, source: Source) -> Outcome:
    delivery = _request_id(request)
    events = _object(request.json(), "body").get("events")
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise Malformed(400, "events is not a list, or is too long")
    entities: list[dict[str, Any]] = [_entity(_object(event, "event"), source.key("account_id")) for event in events]
    if source.seen(delivery):
        return duplicate(204, key=delivery)
    if not entities:
        return ignore("no events", 204)
    return process(204, key=delivery, delivery_id=delivery, **entities[0], events=entities)


def _request_id(request: Request) -> str | None:
    found = [value for name, value in request.query if name == "requestId"]
    if len(found) > 1:
        raise Malformed(400, "repeated requestId")
    return found[0] if found and found[0] else None


def _entity(event: dict[str, Any], account: str) -> dict[str, str]:
    if not same(text(event.get("accountId")), account):
        raise Refusal(403, "account mismatch")
    meta = _object(event.get("meta"), "meta")
    address = _address(text(meta.get("href")))
    if address.scheme != "https" or address.netloc.lower() != API_HOST:
        raise Malformed(400, f"href host is not {API_HOST}")
    found = _HREF.fullmatch(address.path)
    entity, action = text(meta.get("type")), text(event.get("action"))
    if found is None or found[1] != entity:
        raise Malformed(400, "href does not name the entity")
    done = _ACTIONS.get(action)
    if done is None:
        raise Malformed(400, "unknown action")
    return {"event": f"crm.{_ENTITIES.get(entity, entity)}.{done}", "entity": entity, "id": found[2]}


def _address(href: str) -> SplitResult:
    try:
        return urlsplit(href)
    except ValueError:
        raise Malformed(400, "bad href") from None


def _vendor(request: Request, source: Source, account: str) -> Outcome:
    token = bearer_token(request.single("Authorization"))
    if token is None:
        return reject(401, "credentials missing")
    ours = source.secret.get("account_id")
    if ours and account != ours:
        return reject(403, "account mismatch")
    claims = open_jwt(token, source.key("secretKey"))
    if claims is None:
        return reject(401, "signature mismatch")
    jti = _check_claims(claims, source)
    if source.seen(jti, "seen_jti"):
        return reject(401, "jti already used")
    if request.method not in ("PUT", "DELETE", "GET"):
        return reject(405, "method is not accepted")
    body = _object(request.json(), "body") if request.content() else {}
    installed = request.method != "DELETE"
    answer = ("application/json", '{"status":"Activated"}') if installed else None
    return process(
        key=jti, response=answer, event=_vendor_event(request.method), account=account, cause=text(body.get("cause"))
    )


def _vendor_event(method: str) -> str:
    return {"PUT": "app.installed", "DELETE": "app.uninstalled"}.get(method, "app.status")


def _check_claims(claims: dict[str, Any], source: Source) -> str:
    """The `jti` of a token that is in its time; five minutes of clock difference are forgiven for `iat` only."""
    issued, expires, jti = _seconds(claims.get("iat")), _seconds(claims.get("exp")), claims.get("jti")
    if issued is None or expires is None or not isinstance(jti, str) or not jti:
        raise Refusal(401, "iat, exp or jti missing")
    if expires <= source.now:
        raise Refusal(401, "token expired")
    if issued > source.now + FRESH_SECONDS:
        raise Refusal(401, "token is from the future")
    return jti


def _seconds(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else None
    )


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(400, f"{what} is not an object")
    return value
