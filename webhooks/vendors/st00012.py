"""The payment QR code of Russian banks (ST00011, ST00012, ST00013; ГОСТ Р 56042).

Trust: none, a picture anybody can print; the account's check digits only tell a misread from a reading. Wire format:
`ST0001`, the encoding (1 cp1251, 2 UTF-8, 3 KOI8-R), one separator, `name=value` fields; `Sum` in kopecks. The same
name twice, or bytes that are not in the declared encoding, are refused. Source: the standard.
"""

import re

from webhooks.request import Malformed, Request
from webhooks.requisites import account_holds, correspondent_holds, inn_holds, is_bic
from webhooks.verdict import Outcome, Source, process

NAME = "st00012"

MAX_BYTES = 2953
_HEAD = 8
_ENCODINGS = {b"1": "cp1251", b"2": "utf-8", b"3": "koi8-r"}
_LONGEST = {"Name": 160, "BankName": 45, "Purpose": 210, "KPP": 9}
_REQUIRED = ("Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc")
_NO_CORRESPONDENT = "0"


def judge(request: Request, source: Source) -> Outcome:
    fields = read(request.content(MAX_BYTES))
    return process(
        name=fields["Name"],
        account=fields["PersonalAcc"],
        bank=fields["BankName"],
        bic=fields["BIC"],
        kopecks=int(fields["Sum"]) if fields.get("Sum") else None,
        purpose=fields.get("Purpose"),
        inn=fields.get("PayeeINN"),
    )


def read(code: bytes) -> dict[str, str]:
    """All fields of a code, unknown ones too; raises Malformed."""
    separator, text = _open(code)
    fields: dict[str, str] = {}
    for piece in text.removesuffix(separator).split(separator):
        name, equals, value = piece.partition("=")
        if not equals or not name:
            raise Malformed(400, "field without a name")
        if name in fields:
            raise Malformed(400, f"{name[:40]} twice")
        fields[name] = value
    _check(fields)
    return fields


def _open(code: bytes) -> tuple[str, str]:
    """The separator and the text after it."""
    encoding = _ENCODINGS.get(code[6:7]) if code.startswith(b"ST0001") else None
    if encoding is None:
        raise Malformed(400, "not ST0001 with a known encoding")
    separator = code[7:_HEAD].decode("latin-1")
    if not separator.isascii() or not separator.isprintable() or separator.isalnum() or separator in "= ":
        raise Malformed(400, "bad separator")
    body = code[_HEAD:]
    if encoding != "utf-8" and not body.isascii() and _is_utf8(body):
        raise Malformed(400, f"UTF-8 declared as {encoding}")
    try:
        return separator, body.decode(encoding)
    except UnicodeDecodeError:
        raise Malformed(400, f"not {encoding.upper()} as declared") from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check(fields: dict[str, str]) -> None:
    for name in _REQUIRED:
        if not fields.get(name, "").strip():
            raise Malformed(400, f"{name} missing")
    for name, longest in _LONGEST.items():
        if len(fields.get(name, "")) > longest:
            raise Malformed(400, f"{name} too long")
    bic, correspondent = fields["BIC"], fields["CorrespAcc"]
    if not is_bic(bic):
        raise Malformed(400, "bad BIC")
    if not account_holds(fields["PersonalAcc"], bic):
        raise Malformed(400, "check digits of PersonalAcc")
    if correspondent != _NO_CORRESPONDENT and not correspondent_holds(correspondent, bic):
        raise Malformed(400, "check digits of CorrespAcc")
    if "Sum" in fields and re.fullmatch(r"[0-9]{1,18}", fields["Sum"]) is None:
        raise Malformed(400, "Sum is not whole kopecks")
    if fields.get("PayeeINN") and not inn_holds(fields["PayeeINN"]):
        raise Malformed(400, "check digits of PayeeINN")
