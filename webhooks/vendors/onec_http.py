"""A customer's 1C posts orders to us over HTTP.

Trust: a static secret, Basic credentials (UTF-8, or cp1251 from old clients). Wire format: JSON, Cyrillic keys, in
UTF-8 or in the charset the Content-Type names; a byte order mark only where the source allows it, since ЗаписьJSON to
a file writes one. The bytes themselves are the dedupe key. Source: observed of the platform.
"""

import codecs
import re
from dataclasses import replace

from webhooks.door import check_basic
from webhooks.fields import at, text
from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source, duplicate, process, reject

NAME = "1c-http"

_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "windows-1251": "cp1251", "cp1251": "cp1251"}


def judge(request: Request, source: Source) -> Outcome:
    check_basic(request, source.key("basic"))
    if request.method != "POST":
        return reject(405, "only POST is accepted")
    bom = bool(source.config.get("allow_bom"))
    record = _in_utf8(request).json(allow_bom=bom)
    if not isinstance(record, dict):
        raise Malformed(400, "not a JSON object")
    key = digest_hex(request.body)
    if source.seen(key):
        return duplicate(key=key)
    return process(
        key=key,
        event="order.received",
        number=text(record.get("Номер")),
        date=text(record.get("Дата")),
        inn=text(at(record, "Контрагент", "ИНН")),
    )


def _in_utf8(request: Request) -> Request:
    named = re.search(r"charset\s*=\s*\"?([\w-]+)", request.header("Content-Type") or "")
    charset = _CHARSETS.get(named[1].lower()) if named else "utf-8"
    if charset is None:
        raise Malformed(415, "charset is not accepted")
    body = request.content()
    if charset == "utf-8" or body.startswith(codecs.BOM_UTF8):
        return request
    try:
        return replace(request, body=body.decode(charset).encode())
    except UnicodeDecodeError:
        raise Malformed(400, f"body is not {charset}") from None
