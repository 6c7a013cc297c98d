"""A payment link of the Faster Payments System (СБП), as a bank gave it to us.

Trust: none; a link is only ever got from the bank's API, never built here. `https://qr.nspk.ru/<32 characters>` with
`type` 01 (reusable) or 02 (one payment), `bank` of 12 digits, `sum` in kopecks with `cur=RUB`, `crc` of 4 hex digits.
`crc_holds` tells whether the crc is the CRC-16/CCITT-FALSE of the link before `&crc=`, as it was in nine of nine links
that merchants have published; it is advice, since the rule itself is not published. Source: those links.
"""

import binascii
import re
from urllib.parse import urlsplit

from webhooks.request import Request
from webhooks.verdict import Outcome, Source, process, reject

NAME = "sbp"

_BASE = re.compile(r"https://(?:qr|sub)\.nspk\.ru/[0-9A-Z]{32}\?[\x21-\x7e]{1,500}")
_FIELDS = {
    "type": re.compile(r"0[12]"),
    "bank": re.compile(r"[0-9]{12}"),
    "crc": re.compile(r"[0-9A-Fa-f]{4}"),
}
_SUM = re.compile(r"[1-9][0-9]{0,11}")


def judge(request: Request, source: Source) -> Outcome:
    if _BASE.fullmatch(request.url) is None:
        return reject(400, "not a link of qr.nspk.ru")
    fields = dict(request.query)
    if len(fields) != len(request.query):
        return reject(400, "repeated field")
    for name, form in _FIELDS.items():
        if form.fullmatch(fields.get(name, "")) is None:
            return reject(400, f"bad {name}")
    kopecks = fields.get("sum")
    if kopecks is not None and (_SUM.fullmatch(kopecks) is None or fields.get("cur", "RUB") != "RUB"):
        return reject(400, "bad sum")
    return process(
        payment_id=urlsplit(request.url).path[1:],
        reusable=fields["type"] == "01",
        bank=fields["bank"],
        kopecks=int(kopecks) if kopecks is not None else None,
        crc_holds=_crc_holds(request.url, fields["crc"]),
    )


def _crc_holds(url: str, crc: str) -> bool:
    before, _, _ = url.rpartition("&crc=")
    return binascii.crc_hqx(before.encode(), 0xFFFF) == int(crc, 16)
