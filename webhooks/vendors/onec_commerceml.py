"""CommerceML: 1C's own exchange of orders and catalogues with a site.

Trust: a static secret, Basic credentials at `mode=checkauth`, then the cookie we answered with; nothing is signed.
Wire format: `type=sale|catalog` and `mode` in the query: checkauth → `success`, cookie name, cookie value; init →
`zip=no`, `file_limit=…`; file → the bytes of `filename`, perhaps in several pieces; import, query, success. Every
answer is text whose first line is `success` or `failure`. XML in the charset it declares, never with a DOCTYPE.
Source: public exchange modules.
"""

import codecs
import re
from http.cookies import CookieError, SimpleCookie

from webhooks import xml
from webhooks.door import check_basic
from webhooks.request import MAX_BODY, Refusal, Request
from webhooks.signatures import hmac_hex, same
from webhooks.verdict import Outcome, Source, challenge, process, reject

NAME = "1c-commerceml"

COOKIE = "sessionid"
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
        return _failure(refusal.http_status, refusal.reason)


def _judge(request: Request, source: Source) -> Outcome:
    fields = dict(request.query)
    if len(fields) != len(request.query):
        return _failure(400, "repeated field")
    mode, kind = fields.get("mode", ""), fields.get("type", "")
    if mode == "checkauth":
        check_basic(request, source.key("basic"))
        return challenge(f"success\n{COOKIE}\n{_session(source)}")
    _check_session(request, source)
    if kind not in _TYPES:
        return _failure(400, "unknown type")
    if mode == "init":
        return challenge(f"zip=no\nfile_limit={MAX_BODY}")
    if mode == "file":
        return _file(request, kind, fields.get("filename", ""))
    if mode not in _MODES:
        return _failure(400, "unknown mode")
    return process(event=_MODES[mode], response=("text/plain", "success"))


def _session(source: Source) -> str:
    """The cookie to answer with: the one already given out, or a new one only we can make."""
    given = source.secret.get("session")
    return given if isinstance(given, str) and given else hmac_hex(source.key("basic"), f"{NAME}:{int(source.now)}")


def _check_session(request: Request, source: Source) -> None:
    """The cookie; or the credentials again, as 1C repeats them on every step."""
    if request.header("Authorization") is not None and source.secret.get("basic"):
        check_basic(request, source.key("basic"))
        return
    try:
        cookies = SimpleCookie(request.single("Cookie") or "")
    except CookieError:
        cookies = SimpleCookie()
    if COOKIE not in cookies:
        raise Refusal(401, "session missing")
    if not same(cookies[COOKIE].value, source.key("session")):
        raise Refusal(401, "unknown session")


def _file(request: Request, kind: str, name: str) -> Outcome:
    """A piece of a file; only the first piece can be read here, the whole is read at `mode=import`."""
    if request.method != "POST":
        return _failure(405, "only POST is accepted")
    folder, _, plain = name.rpartition("/")
    if _NAME.fullmatch(plain) is None or (folder and not _is_picture_folder(kind, folder)):
        return _failure(400, "bad filename")
    data = request.content()
    if not data:
        return _failure(400, "empty file")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return _failure(400, "XML with a DOCTYPE is not accepted")
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


def _failure(status: int, reason: str) -> Outcome:
    return reject(status, reason, response=("text/plain", f"failure\n{reason}"))
