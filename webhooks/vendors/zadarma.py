"""Zadarma: calls, recordings and SMS of a virtual exchange.

Trust: part of the fields is signed. `Signature` is base64 of the hex HMAC-SHA1 with the API secret over some fields,
joined without separators, so digits can be moved from one into the next and the signature stays; called_did is
therefore checked against `config.own_numbers`. duration, disposition and is_recorded are not signed: read the call
back by the API before anything of weight follows. A recording can be fetched some 40 s after the call.
An event without a known signing rule is refused. Our own calls of the API carry `key:` + base64 of the hex HMAC-SHA1
over path + query + hex MD5 of the query, its names sorted. Source: the vendor's PHP and Python SDKs.
"""

import base64
import re
from typing import Any
from urllib.parse import urlencode

from webhooks.fields import at, last, phone, text, whole
from webhooks.request import Malformed, Request, read_json
from webhooks.signatures import digest_hex, hmac_hex, same
from webhooks.verdict import Outcome, Source, challenge, duplicate, process, reject, send

NAME = "zadarma"
API = "https://api.zadarma.com/"
MAX_ECHO = 1024
Pairs = list[tuple[str, str]]
INCOMING = ("caller_id", "called_did", "call_start")
OUTGOING = ("internal", "destination", "call_start")
RESULT = ("result",)
SIGNED = {
    "NOTIFY_START": INCOMING,
    "NOTIFY_INTERNAL": INCOMING,
    "NOTIFY_END": INCOMING,
    "NOTIFY_IVR": INCOMING,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": OUTGOING,
    "NOTIFY_OUT_END": OUTGOING,
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
    "SMS": RESULT,
    "NUMBER_LOOKUP": RESULT,
    "CALL_TRACKING": RESULT,
}
EVENTS = {
    "NOTIFY_START": "call.started",
    "NOTIFY_INTERNAL": "call.ringing",
    "NOTIFY_ANSWER": "call.answered",
    "NOTIFY_IVR": "call.menu",
    "NOTIFY_OUT_START": "call.started",
    "NOTIFY_RECORD": "recording.ready",
    "SMS": "message.received",
    "NUMBER_LOOKUP": "number.looked_up",
    "CALL_TRACKING": "call.tracked",
}


def judge(request: Request, source: Source) -> Outcome:
    if request.outbound:
        return _outgoing(request, source)
    if request.method == "GET":
        return _echo(request)
    fields = _fields(request)
    event = fields.get("event", "")
    given = request.single("Signature")
    if given is None:
        return reject(401, "signature header missing")
    if event not in SIGNED:
        return reject(400, "no signing rule for this event")
    if not same(signature(source.key("api_secret"), event, fields), given):
        return reject(401, "signature mismatch")
    _check_boundaries(SIGNED[event], fields, source)
    key = _key(event, fields)
    return duplicate(key=key) if source.seen(key) else process(key=key, **_normalized(event, fields))


def signature(secret: str, event: str, fields: dict[str, str]) -> str:
    joined = "".join(fields.get(name, "") for name in SIGNED[event])
    return base64.b64encode(hmac_hex(secret, joined, "sha1").encode()).decode()


def authorization(path: str, params: Pairs, source: Source) -> str:
    """The Authorization header of our call of the API."""
    query = urlencode(sorted(params))
    proof = hmac_hex(source.key("api_secret"), path + query + digest_hex(query, "md5"), "sha1")
    return f"{source.key('api_key')}:{base64.b64encode(proof.encode()).decode()}"


def _outgoing(request: Request, source: Source) -> Outcome:
    if not request.url.startswith(API):
        return reject(None, "not the vendor's address: the key stays with it")
    params = request.query if request.method == "GET" else request.form()
    given = request.single("Authorization")
    return send() if same(authorization(request.path, params, source), given) else reject(None, "signature mismatch")


def _echo(request: Request) -> Outcome:
    """The check of a new URL: the value comes back as plain text."""
    asked = [value for name, value in request.query if name == "zd_echo"]
    if len(asked) != 1 or len(asked[0]) > MAX_ECHO:
        return reject(400, "not a URL check")
    return challenge(asked[0])


def _fields(request: Request) -> dict[str, str]:
    """Fields by name. Two of one name would let us check one and act on the other."""
    pairs = request.form()
    fields = last(pairs)
    if len(fields) != len(pairs):
        raise Malformed(400, "repeated field")
    return fields


def _check_boundaries(signed: tuple[str, ...], fields: dict[str, str], source: Source) -> None:
    start = fields.get("call_start", "")
    if "call_start" in signed and not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{9,11}", start, re.ASCII):
        raise Malformed(401, "signature matches but call_start is not a time")
    own = source.config.get("own_numbers")
    if not isinstance(own, list | tuple) or "called_did" not in signed:
        return
    if _digits(fields.get("called_did", "")) not in {_digits(text(number)) for number in own}:
        raise Malformed(401, "signature matches but called_did is not one of the account's numbers")


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)


def _key(event: str, fields: dict[str, str]) -> str | None:
    """A call rings several extensions, each with its own notice."""
    call = fields.get("pbx_call_id")
    return ":".join(filter(None, (event, call, fields.get("internal")))) if call else None


def _normalized(event: str, fields: dict[str, str]) -> dict[str, Any]:
    if SIGNED[event] == RESULT:
        result = read_json(fields.get("result", ""))
        return {
            "event": EVENTS[event],
            "from": phone(at(result, "caller_id")),
            "to": phone(at(result, "caller_did")),
            "text": text(at(result, "text")),
        }
    said: dict[str, Any] = {
        "event": EVENTS.get(event, "call.ended"),
        "call_id": text(fields.get("pbx_call_id")),
        "from": phone(fields.get("caller_id")),
        "to": phone(fields.get("called_did") or fields.get("destination")),
        "extension": text(fields.get("internal")),
        "recording_id": text(fields.get("call_id_with_rec")),
    }
    return said | _ending(event, fields) if event in ("NOTIFY_END", "NOTIFY_OUT_END") else said


def _ending(event: str, fields: dict[str, str]) -> dict[str, Any]:
    answered = fields.get("disposition") == "answered"
    missed = event == "NOTIFY_END" and not answered
    seconds = whole(fields.get("duration"))
    return {"event": "call.missed" if missed else "call.ended", "answered": answered, "seconds": seconds}
