"""CommerceML: 1C's own exchange of orders and catalogues with a site.

Trust: a static secret, Basic credentials at `mode=checkauth`, then the cookie we answered with; nothing is signed.
Wire format: `type=sale|catalog` and `mode` in the query: checkauth → `success`, cookie name, cookie value; init →
`zip=yes|no`, `file_limit=…`; file → the bytes of `filename`, perhaps in several pieces; import, query, success. Every
answer is text whose first line is `success` or `failure`. XML in the charset it declares, never with a DOCTYPE.
What follows from each step, which needs what came before, is `webhooks.commerceml.talk`.
Source: public exchange modules.
"""

import codecs
import re
import secrets
from http.cookies import CookieError, SimpleCookie

from webhooks import xml
from webhooks.door import check_basic
from webhooks.request import MAX_BODY, Refusal, Request
from webhooks.signatures import hmac_hex, same
from webhooks.verdict import FRESH_SECONDS, Outcome, Source, challenge, process, reject

NAME = "1c-commerceml"

COOKIE = "sessionid"
SESSION_S = 12 * 3600
NO_COOKIE = "basic"
"""The conversation of a client that sends its credentials with every step and no cookie: the source has one."""
_TYPES = ("sale", "catalog", "reference")
_MODES = {
    "import": "file.complete",
    "query": "orders.asked",
    "success": "orders.taken",
    "deactivate": "catalog.deactivated",
    "complete": "catalog.complete",
}
_NAME = re.compile(r"(?!\.)[\w. ()-]{1,128}")
_PICTURES = "import_files"


def judge(request: Request, source: Source) -> Outcome:
    try:
        return _judge(request, source)
    except Refusal as refusal:
        return failure(refusal.http_status, refusal.reason)


def _judge(request: Request, source: Source) -> Outcome:
    fields = dict(request.query)
    if len(fields) != len(request.query):
        return failure(400, "repeated field")
    mode, kind = fields.get("mode", ""), fields.get("type", "")
    if mode == "checkauth":
        check_basic(request, source.key("basic"))
        return challenge(f"success\n{COOKIE}\n{_session(source)}")
    _check_session(request, source)
    if kind not in _TYPES:
        return failure(400, "unknown type")
    if mode == "init":
        packed = "yes" if source.config.get("exchange_zip") else "no"
        return challenge(f"zip={packed}\nfile_limit={MAX_BODY}")
    if mode == "file":
        return _file(request, kind, fields.get("filename", ""))
    if mode not in _MODES:
        return failure(400, "unknown mode")
    return process(event=_MODES[mode], response=("text/plain", "success"))


def session_of(request: Request) -> str:
    """Which conversation a step that was judged valid belongs to."""
    value = _cookie(request)
    return value.split(".")[1] if value is not None and value.count(".") == 2 else NO_COOKIE


def _session(source: Source) -> str:
    """The cookie to answer with: the one already given out, or a new one only we can make. Any process knows it again,
    and other credentials end it."""
    given = source.secret.get("session")
    if isinstance(given, str) and given:
        return given
    said = f"{int(source.now)}.{secrets.token_hex(12)}"
    return f"{said}.{_mac(source, said)}"


def _check_session(request: Request, source: Source) -> None:
    """The cookie; or the credentials again, as 1C repeats them on every step."""
    value = _cookie(request)
    if request.header("Authorization") is not None and source.secret.get("basic"):
        check_basic(request, source.key("basic"))
        if value is None or value.count(".") != 2:
            return
    if value is None:
        raise Refusal(401, "session missing")
    given = source.secret.get("session")
    if isinstance(given, str) and given:
        if not same(value, given):
            raise Refusal(401, "unknown session")
        return
    _check_made(value, source)


def _check_made(value: str, source: Source) -> None:
    began, _, rest = value.partition(".")
    nonce, _, mac = rest.partition(".")
    if not began.isascii() or not began.isdigit() or len(began) > 12 or not same(mac, _mac(source, f"{began}.{nonce}")):
        raise Refusal(401, "unknown session")
    if not -FRESH_SECONDS <= source.now - int(began) <= SESSION_S:
        raise Refusal(401, "session is over")


def _mac(source: Source, said: str) -> str:
    return hmac_hex(source.key("basic"), f"{NAME}:{said}")


def _cookie(request: Request) -> str | None:
    try:
        cookies = SimpleCookie(request.single("Cookie") or "")
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


def _file(request: Request, kind: str, name: str) -> Outcome:
    """A piece of a file; only the first piece can be read here, the whole is read at `mode=import`."""
    if request.method != "POST":
        return failure(405, "only POST is accepted")
    folder, _, plain = name.rpartition("/")
    if _NAME.fullmatch(plain) is None or (folder and not _is_picture_folder(kind, folder)):
        return failure(400, "bad filename")
    data = request.content()
    if not data:
        return failure(400, "empty file")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return failure(400, "XML with a DOCTYPE is not accepted")
    first = data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<?xml")
    orders = _orders(xml.read(data, whole=False)) if first else []
    return process(event="file.received", filename=name, orders=orders, response=("text/plain", "success"))


def _is_picture_folder(kind: str, folder: str) -> bool:
    """Pictures of a catalogue come as `import_files/ab/….jpg`; nothing else has a folder."""
    first, *rest = folder.split("/")
    return kind == "catalog" and first == _PICTURES and all(_NAME.fullmatch(part) for part in rest)


def _orders(root: xml.Element) -> list[dict[str, str]]:
    """The documents, which newer schemes put into containers."""
    places = [root, *root.all("Контейнер")]
    return [
        {
            "id": order.value("Ид"),
            "number": order.value("Номер"),
            "date": order.value("Дата"),
            "sum": order.value("Сумма"),
        }
        for place in places
        for order in place.all("Документ")
    ]


def failure(status: int, reason: str) -> Outcome:
    return reject(status, reason, response=("text/plain", f"failure\n{reason}"))
