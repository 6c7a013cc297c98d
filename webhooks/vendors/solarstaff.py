"""Solar Staff payouts to contractors, API v1: what we send, and what it calls back with.

Trust: part of the request signed, `signature` = hex SHA-1 of the sorted `key:value;` pairs and the salt; the caller's
address must be allow-listed there. `merchant_transaction` is the idempotency key: one payout is sent once. The fields
travel as flat JSON or as a form. Source: the vendor's published examples.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex, same
from webhooks.verdict import Outcome, Source, duplicate, process, reject, send

NAME = "solarstaff"

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def sign(fields: Mapping[str, str], salt: str) -> str:
    """`fields` without `signature`."""
    return digest_hex("".join(f"{name}:{fields[name]};" for name in sorted(fields)) + salt, "sha1")


def judge(request: Request, source: Source) -> Outcome:
    fields = _fields(request)
    given = fields.pop("signature", None)
    if given is None:
        return reject(401, "signature missing")
    if not same(sign(fields, source.key("salt")), given):
        return reject(401, "signature mismatch")
    transaction = fields.get("merchant_transaction", "")
    if fields.get("action") == "payout":
        if not transaction:
            return reject(400, "merchant_transaction missing")
        amount = fields.get("amount", "")
        if _AMOUNT.fullmatch(amount) is None or Decimal(amount) <= 0:
            return reject(400, "amount is not money")
    if transaction and source.seen(transaction):
        return duplicate(key=transaction)
    if request.outbound:
        return send(merchant_transaction=transaction, amount=fields.get("amount"))
    return process(key=transaction or None, event="payout.changed", merchant_transaction=transaction)


def _fields(request: Request) -> dict[str, str]:
    if "json" not in (request.header("Content-Type") or "").lower():
        pairs = request.form()
    else:
        value = request.json()
        if not isinstance(value, dict) or any(isinstance(item, dict | list | bool | None) for item in value.values()):
            raise Malformed(400, "not a flat JSON object")
        pairs = [(name, str(item)) for name, item in value.items()]
    if len(dict(pairs)) != len(pairs):
        raise Malformed(400, "repeated field")
    return dict(pairs)
