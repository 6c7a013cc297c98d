"""Mango VPBX: calls, their summaries, recordings, SMS.

Trust: the body is signed. Form fields `vpbx_api_key`, `sign` = hex SHA-256 of key + json + salt, and `json`, hashed
exactly as it is decoded from the form (UTF-8, escapes untouched). No timestamp is checked: the vendor sends late after
a breakdown; `seq` orders the notices of one call, which come in parallel. Numbers come as numbers and as strings.
The same signature covers our commands to the exchange. Source: the vendor's API description and SDKs.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from webhooks.fields import at, last, phone, text, whole
from webhooks.request import Malformed, Request, read_object
from webhooks.signatures import digest_hex, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject, send

NAME = "mango"
API = "https://app.mango-office.ru/vpbx/"
CALL_STATES = {
    "Appeared": "call.started",
    "Connected": "call.answered",
    "OnHold": "call.held",
    "Disconnected": "call.ended",
}
RECORDED = 1000


def judge(request: Request, source: Source) -> Outcome:
    fields = _fields(request)
    event = _event(request)
    if "json" not in fields and not request.outbound and (not request.body or event not in NORMALIZERS):
        return ignore("connection check")
    if "json" not in fields:
        return reject(400, "json missing")
    if not same(source.key("vpbx_api_key"), fields.get("vpbx_api_key")):
        return reject(401, "unknown vpbx_api_key")
    if "sign" not in fields:
        return reject(401, "sign missing")
    if not same(sign(fields["json"], source), fields["sign"]):
        return reject(401, "signature mismatch")
    if request.outbound:
        return _outgoing(request)
    return _follow(event, read_object(fields["json"]), source)


def sign(payload: str, source: Source) -> str:
    return digest_hex(source.key("vpbx_api_key") + payload + source.key("vpbx_api_salt"))


def command(name: str, payload: dict[str, Any], source: Source) -> Request:
    """A command to the exchange, `commands/callback` say, signed and ready to send."""
    written = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    key = source.key("vpbx_api_key")
    body = urlencode({"vpbx_api_key": key, "sign": sign(written, source), "json": written}).encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    return Request("POST", API + name, headers, body, kind="outbound_request")


def _fields(request: Request) -> dict[str, str]:
    pairs = request.form()
    fields = last(pairs)
    if len(fields) != len(pairs):
        raise Malformed(400, "repeated field")
    return fields


def _event(request: Request) -> str | None:
    """`call` of `…/events/call`: the exchange appends its own path to our base."""
    found = re.search(r"/events/([a-z/_]+?)/?$", request.path)
    return found[1] if found else None


def _outgoing(request: Request) -> Outcome:
    address = urlsplit(API)
    if not request.url.startswith(f"{address.scheme}://{address.netloc}/"):
        return reject(None, "not the exchange's address: the key and the salt's hash stay with it")
    return send()


def _follow(event: str | None, said: dict[str, Any], source: Source) -> Outcome:
    if event not in NORMALIZERS:
        return ignore("unknown event")
    if event == "call" and _late(said, source):
        return ignore("a later notice of this call came first")
    key = KEYS[event](said)
    return duplicate(key=key) if source.seen(key) else process(key=key, **NORMALIZERS[event](said))


def _late(said: dict[str, Any], source: Source) -> bool:
    known = whole(at(source.state, "last_seq", text(said.get("call_id"))))
    seq = whole(said.get("seq"))
    return known is not None and seq is not None and seq < known


def _call(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": CALL_STATES.get(text(said.get("call_state")), "call.changed"),
        "from": phone(at(said, "from", "number")),
        "to": phone(at(said, "to", "line_number") or at(said, "to", "number")),
        "extension": text(at(said, "to", "extension")),
        "call_id": text(said.get("call_id")),
        "group_id": text(said.get("entry_id")),
        "seq": whole(said.get("seq")),
        "disconnect_reason": whole(said.get("disconnect_reason")),
    }


def _summary(said: dict[str, Any]) -> dict[str, Any]:
    answered = whole(said.get("entry_result")) == 1
    missed = not answered and whole(said.get("call_direction")) == 1
    begun, ended = whole(said.get("talk_time")), whole(said.get("end_time"))
    return {
        "event": "call.missed" if missed else "call.ended",
        "answered": answered,
        "from": phone(at(said, "from", "number")),
        "to": phone(at(said, "to", "number")),
        "extension": text(at(said, "to", "extension") or at(said, "from", "extension")),
        "line": phone(said.get("line_number")),
        "group_id": text(said.get("entry_id")),
        "seconds": ended - begun if begun and ended else 0,
        "disconnect_reason": whole(said.get("disconnect_reason")),
    }


def _recording(said: dict[str, Any]) -> dict[str, Any]:
    """Codes other than 1000 say why there will be no file."""
    done = said.get("recording_state") == "Completed"
    return {
        "event": "recording.ready" if done else "recording.started",
        "ready": done and whole(said.get("completion_code")) == RECORDED,
        "recording_id": text(said.get("recording_id")),
        "group_id": text(said.get("entry_id")),
    }


def _recording_added(said: dict[str, Any]) -> dict[str, Any]:
    recording, group = text(said.get("recording_id")), text(said.get("entry_id"))
    return {"event": "recording.ready", "ready": True, "recording_id": recording, "group_id": group}


def _keys_pressed(said: dict[str, Any]) -> dict[str, Any]:
    pressed, group = text(said.get("dtmf")), text(said.get("entry_id"))
    return {"event": "call.keys", "keys": pressed, "group_id": group}


def _sms(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": "message.status",
        "from": phone(said.get("from_extension") or at(said, "from", "number")),
        "to": phone(said.get("to_number")),
        "text": text(said.get("text")),
        "command_id": text(said.get("command_id")),
    }


NORMALIZERS = {
    "call": _call,
    "summary": _summary,
    "recording": _recording,
    "record/added": _recording_added,
    "dtmf": _keys_pressed,
    "sms": _sms,
}


def _joined(*names: str) -> Any:
    """A dedupe key of these fields; None when one is missing."""

    def key(said: dict[str, Any]) -> str | None:
        values = [text(said.get(name)) for name in names]
        return ":".join(values) if all(values) else None

    return key


KEYS = {
    "call": _joined("call_id", "seq"),
    "summary": _joined("entry_id"),
    "recording": _joined("recording_id", "recording_state"),
    "record/added": _joined("recording_id"),
    "dtmf": _joined("entry_id", "seq"),
    "sms": _joined("command_id", "timestamp"),
}
