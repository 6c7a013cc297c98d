"""Twilio: calls and messages.

Trust: the body is signed. `X-Twilio-Signature` is base64 HMAC-SHA1 with the auth token over the public URL and, for a
form, every name and value, sorted by name, repeated values once. A JSON body is covered by its SHA-256 in the query
parameter `bodySHA256`, which the URL's signature covers. Twilio may or may not write the port into the URL it signs.
No timestamp; the idempotency token of a retry is the dedupe key. A report on what we sent comes
to the address that we gave with it, which names the notice and is signed like any other. Source: the vendor's SDKs.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from webhooks.fields import last, phone, text, whole
from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex, hmac_base64, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "twilio"
EMPTY_ANSWER = ("text/xml", "<Response></Response>")
PORTS = {"https": 443, "http": 80}
ARRIVED = ("delivered", "read", "completed")
UNDELIVERED = ("undelivered", "failed", "busy", "no-answer", "canceled")
LASTING = ("21610", "21614", "30005", "30006")
"""Nothing will ever reach this number: unsubscribed, no mobile, unknown, a landline."""
Pairs = list[tuple[str, str]]


def judge(request: Request, source: Source) -> Outcome:
    notice = last(request.query).get("notice", "")
    url = request.url if notice else text(source.config.get("public_url")) or request.url
    token = source.key("auth_token")
    given = request.single("X-Twilio-Signature")
    if given is None:
        return reject(401, "signature header missing")
    fields = _covered_fields(request, url)
    if not any(same(signature(token, form, fields), given) for form in _url_forms(url)):
        return reject(401, "signature mismatch")
    if notice:
        return _report(notice, last(fields), source)
    key = _key(request, last(fields))
    if source.seen(key):
        return duplicate(key=key, response=EMPTY_ANSWER)
    return process(key=key, response=EMPTY_ANSWER, **_normalized(last(fields)))


def _report(notice: str, fields: dict[str, str], source: Source) -> Outcome:
    """Of a message or a call of ours, whose address we gave with it: whether it arrived in the end."""
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or fields.get("CallStatus") or ""
    if status not in (*ARRIVED, *UNDELIVERED):
        return ignore(f"told: {text(status)[:40]}", response=EMPTY_ANSWER)
    key = f"told:{notice}:delivered" if status in ARRIVED else f"told:{notice}"
    if source.seen(key):
        return duplicate(key=key, response=EMPTY_ANSWER)
    if status in ARRIVED:
        return process(key=key, response=EMPTY_ANSWER, event="told.delivered", notice=text(notice))
    code = text(fields.get("ErrorCode"))
    why = f"{code} {text(status)}".strip()
    return process(
        key=key, response=EMPTY_ANSWER, event="told.undelivered", notice=text(notice), why=why, lasting=code in LASTING
    )


def signature(token: str, url: str, fields: Pairs) -> str:
    return hmac_base64(token, url + "".join(name + value for name, value in sorted(set(fields))), "sha1")


def _covered_fields(request: Request, url: str) -> Pairs:
    """The form's fields, which the signature covers; for another body none, once its hash in the URL is right."""
    if request.method == "GET":
        return []
    content = request.content()
    hashes = [value for name, value in parse_qsl(_split(url).query) if name == "bodySHA256"]
    if hashes and not (len(hashes) == 1 and same(digest_hex(content), hashes[0])):
        raise Malformed(401, "bodySHA256 does not match the body")
    if "json" in (request.header("Content-Type") or "").lower():
        if content and not hashes:
            raise Malformed(401, "nothing covers this body: bodySHA256 missing")
        return []
    return request.form()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Malformed(400, "bad URL") from None
    return parts


def _url_forms(url: str) -> list[str]:
    """The URL without its port and with it, the rest as written."""
    parts = _split(url)
    port = parts.port or PORTS.get(parts.scheme)
    bare = parts.netloc.removesuffix(f":{port}")
    return [url.replace(f"//{parts.netloc}", f"//{netloc}", 1) for netloc in (bare, f"{bare}:{port}")]


def _key(request: Request, fields: dict[str, str]) -> str | None:
    token = request.header("I-Twilio-Idempotency-Token")
    message = fields.get("MessageSid")
    return token or (f"{message}:{fields.get('SmsStatus') or fields.get('MessageStatus')}" if message else None)


def _normalized(fields: dict[str, str]) -> dict[str, Any]:
    parties: dict[str, Any] = {"from": phone(fields.get("From")), "to": phone(fields.get("To"))}
    if "CallSid" in fields:
        status = fields.get("CallStatus", "")
        event = "call.started" if status == "ringing" else f"call.{status or 'changed'}"
        return {"event": event, "call_id": text(fields["CallSid"]), **parties}
    if "MessageSid" in fields:
        received = "Body" in fields
        count = min(max(whole(fields.get("NumMedia")) or 0, 0), 10)
        media = [text(fields[name]) for name in (f"MediaUrl{i}" for i in range(count)) if name in fields]
        return {
            "event": "message.received" if received else "message.status",
            "id": text(fields["MessageSid"]),
            **parties,
            **({"text": text(fields["Body"]), "media": media} if received else {}),
        }
    return {"event": "twilio.other"}
