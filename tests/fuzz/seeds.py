"""Genuine deliveries of every vendor, and how each is signed after it was changed."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.fuzz.mutate import as_fields, as_json
from tests.webhooks import letters, test_sendgrid, test_ses_sns, test_vonage
from tests.webhooks.deliveries import BASE, CASES, FORM, JSON, MULTIPART, NOW, b64, mac, multipart, sha256, shape
from webhooks.request import Request
from webhooks.vendors import VENDORS
from webhooks.verdict import Source

Headers = tuple[tuple[str, str], ...]
XML = ("Content-Type", "text/xml; charset=utf-8")
TOKEN = "p4th"
PATH = f"{BASE}/{TOKEN}"
STANDARD = b"0123456789abcdef0123456789abcdef"
MAILGUN = "0" * 50
BASIC = ("Authorization", "Basic " + b64(b"desk:pw"))


@dataclass(frozen=True)
class Seed:
    """One genuine delivery. `value` is its JSON or its fields, None where only bytes make sense; `raw` its bytes."""

    vendor: str
    name: str
    value: Any
    raw: bytes


def _hmac(header: str, key: str, prefix: str = "sha256=") -> Callable[[bytes], Headers]:
    return lambda body: ((header, prefix + mac(key, body).hex()),)


def _standard(body: bytes) -> Headers:
    proof = b64(mac(STANDARD, f"m1.{NOW}.".encode() + body))
    return ("webhook-id", "m1"), ("webhook-timestamp", str(NOW)), ("webhook-signature", f"v1,{proof}")


def _hubspot(body: bytes) -> Headers:
    proof = b64(mac("k", f"POST{BASE}".encode() + body + str(NOW * 1000).encode()))
    return ("X-HubSpot-Signature-v3", proof), ("X-HubSpot-Request-Timestamp", str(NOW * 1000))


SIGNED: dict[str, Callable[[bytes], Headers]] = {
    "standardwebhooks": _standard,
    "hubspot": _hubspot,
    "jira": _hmac("X-Hub-Signature", "k"),
    "whatsapp": _hmac("X-Hub-Signature-256", "k"),
    "amocrm": lambda body: (("X-Signature", mac("k", body, "sha1").hex()),),
    "sendgrid": lambda body: tuple(test_sendgrid.proof(body)),
    "vonage": lambda body: (test_vonage.token(payload_hash=sha256(body)),),
    "postmark": lambda _: (BASIC,),
    "1c-http": lambda _: (BASIC,),
    "1c-commerceml": lambda _: (BASIC, ("Cookie", "sessionid=ses-1")),
    "servicenow": lambda _: (("Authorization", "Bearer k"),),
    "max": lambda _: (("X-Max-Bot-Api-Secret", "k"),),
}
SECRETS: dict[str, dict[str, Any]] = {
    "standardwebhooks": {"whsec": "whsec_" + b64(STANDARD)},
    "hubspot": {"client_secret": "k"},
    "jira": {"secret": "k"},
    "whatsapp": {"app_secret": "k", "verify_token": "v"},
    "amocrm": {"path_token": TOKEN, "account_id": "77001", "subdomain": "teplo", "channel_secret": "k"},
    "sendgrid": test_sendgrid.secret(),
    "ses-sns": test_ses_sns.secret(),
    "vonage": {"signature_secret": test_vonage.KEY},
    "postmark": {"basic": "desk:pw"},
    "1c-http": {"basic": "desk:pw"},
    "1c-commerceml": {"basic": "desk:pw", "session": "ses-1"},
    "servicenow": {"bearer": "k"},
    "max": {"secret": "k"},
    "vk": {"secret": "vk-shared", "group_id": 9001, "confirmation": "c"},
    "bitrix24": {"application_token": "token-1", "member_id": "member-1"},
    "moysklad": {"path_token": TOKEN, "account_id": "acc-1"},
    "okdesk": {"path_token": TOKEN},
    "salesforce": {"path_token": TOKEN, "organization_id": "00D5e000000HELPEAA"},
    "mango": {"vpbx_api_key": "k", "vpbx_api_salt": "s"},
    "zadarma": {"api_key": "k", "api_secret": "k"},
    "mailgun": {"webhook_signing_key": "k"},
    "smsc": {"secret": "k"},
    "twilio": {"auth_token": "k"},
    "solarstaff": {"salt": "k"},
    "mail": letters.SECRET,
}
CONFIG: dict[str, dict[str, Any]] = {"ses-sns": test_ses_sns.CONFIG, "bitrix24": {"crm_types": "1220"}}
URLS = {
    **dict.fromkeys(("amocrm", "moysklad", "okdesk", "salesforce"), PATH),
    "mango": f"{BASE}/events/call",
    "1c-commerceml": f"{BASE}?type=sale&mode=file&filename=orders-1.xml",
    "moy-nalog": "https://lknpd.nalog.ru/api/v1/receipt/500100732259/2009abcdef/print",
    "sbp": "https://qr.nspk.ru/AS100001ORTF4GAF80KPJ53K186D9A3G?type=01&bank=100000000007&crc=0C8A",
}
KINDS = {
    **dict.fromkeys(("moy-nalog", "sbp"), ("GET", "link")),
    "st00012": ("QR", "qr"),
    "1c-clientbank": ("FILE", "file"),
    "asterisk": ("WS", "stream_event"),
    "mail": ("LMTP", "mail"),
}
CP1251 = ("1c-commerceml", "1c-clientbank")
FORMS = ("amocrm", "bitrix24", "mango", "zadarma", "mailgun", "smsc", "twilio")
CODE = (
    "ST00012|Name=ИП Котов|PersonalAcc=40802810800000005678|BankName=ПАО|BIC=044525225|CorrespAcc=30101810400000000225"
)
COVERED = {
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "SMS": ("result",),
}
"""What Zadarma signs; of other events, as of one that comes in."""


def seeds() -> list[Seed]:
    found = [seed for vendor in sorted(VENDORS) for seed in _cases(vendor)]
    return [*found, *_others()]


def _cases(vendor: str) -> list[Seed]:
    made = []
    for path in sorted((CASES / vendor).glob("*")):
        raw = path.read_text().encode("cp1251") if vendor in CP1251 else path.read_bytes()
        value = json.loads(raw) if path.suffix == ".json" else None
        if vendor != "mail":
            made.append(Seed(vendor, path.stem, value, raw))
    return made


def _others() -> list[Seed]:
    quoted = [letters.letter(one["letter"]) for one in shape("mail", "quotes")]
    parts = (
        b'Content-Type: multipart/mixed; boundary="r"\r\nFrom: a@b.test\r\n\r\n--r\r\nContent-Type: text/html;'
        b' charset=koi8-r\r\n\r\n<p>\xcb\xcc<br>x</p>\r\n--r\r\nContent-Type: application/pdf; name="a.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--r--\r\n"
    )
    return [
        *(Seed("mail", "quotes", None, raw) for raw in (*quoted, parts)),
        Seed("st00012", "code", None, CODE.encode()),
        Seed("moy-nalog", "receipt", None, b""),
        Seed("sbp", "link", None, b""),
    ]


def brought(seed: Seed, value: Any, raw: bytes | None) -> tuple[Request, Source]:
    """The delivery with this value, or with these bytes, signed as its vendor would."""
    vendor = seed.vendor
    method, kind = KINDS.get(vendor, ("POST", "inbound_webhook"))
    is_form = vendor in FORMS and not seed.name.startswith("chat")
    is_parts = (vendor, seed.name) == ("sendgrid", "letter")
    headers: Headers = (FORM if is_form else MULTIPART if is_parts else XML if seed.value is None else JSON,)
    if vendor == "mail":
        headers = (("MAIL FROM", "<anna@klient.test>"), ("RCPT TO", f"<{letters.PLUS}>"))
    url = URLS.get(vendor, BASE)
    body = raw
    if body is None and is_parts:
        parts = as_fields(value).items()
        body = multipart([(name.encode("utf-8", "replace").decode(), _bytes(one)) for name, one in parts])
    elif body is None and is_form:
        fields, more = _fields(vendor, value)
        headers, body = headers + more, urlencode(fields, errors="surrogatepass").encode()
    elif body is None:
        body = as_json(_sealed(vendor, value))
    headers += () if is_form else SIGNED.get(vendor, lambda _: ())(body)
    return Request(method, url, headers, body, kind), Source(NOW, SECRETS.get(vendor, {}), CONFIG.get(vendor, {}))


def _sealed(vendor: str, value: Any) -> Any:
    """What is signed inside the JSON itself."""
    if vendor == "ses-sns":
        return test_ses_sns.envelope(as_json(value).decode())
    if vendor == "solarstaff" and isinstance(value, dict):
        plain = as_fields(value)
        text = "".join(f"{name}:{plain[name]};" for name in sorted(plain)) + "k"
        return plain | {"signature": hashlib.sha1(_bytes(text), usedforsecurity=False).hexdigest()}
    return value


def _fields(vendor: str, value: Any) -> tuple[dict[str, str], Headers]:
    """The fields of a form with what proves them."""
    if vendor == "mango":
        text = as_json(value).decode()
        return {"vpbx_api_key": "k", "sign": sha256(f"k{text}s".encode()), "json": text}, ()
    fields = as_fields(value)
    if vendor == "zadarma":
        names = COVERED.get(fields.get("event", ""), ("caller_id", "called_did", "call_start"))
        joined = "".join(fields.get(name, "") for name in names)
        return fields, (("Signature", b64(mac("k", _bytes(joined), "sha1").hex().encode())),)
    if vendor == "twilio":
        signed = BASE + "".join(name + one for name, one in sorted(set(fields.items())))
        return fields, (("X-Twilio-Signature", b64(mac("k", _bytes(signed), "sha1"))),)
    if vendor == "smsc":
        signed = ":".join([*(fields.get(name, "") for name in ("id", "phone", "status")), "k"])
        return fields | {"sha1": hashlib.sha1(_bytes(signed), usedforsecurity=False).hexdigest()}, ()
    if vendor == "mailgun":
        proof = mac("k", f"{NOW}{MAILGUN}".encode()).hex()
        return fields | {"timestamp": str(NOW), "token": MAILGUN, "signature": proof}, ()
    return fields, ()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
