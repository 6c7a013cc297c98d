"""«Мой налог»: the link to a self-employed contractor's receipt (its QR code holds the same link).

Trust: the address alone, and it proves nothing until the receipt is fetched from the tax service; the INN in it must be
the contractor's. `https://lknpd.nalog.ru/api/v1/receipt/<ИНН>/<id>/print` (or `/json`), the id 10 ASCII letters and
digits or a UUID. Source: public clients of the service.
"""

import re

from webhooks.request import Request
from webhooks.requisites import inn_holds
from webhooks.verdict import Outcome, Source, duplicate, process, reject

NAME = "moy-nalog"

_BASE = re.compile(r"https://lknpd\.nalog\.ru/api/v1/receipt/([^/?#]*)/([^/?#]*)/(?:print|json)", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z]{10}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_PERSON_INN = 12


def judge(request: Request, source: Source) -> Outcome:
    found = _BASE.fullmatch(request.url)
    if found is None:
        return reject(400, "not a receipt link of the tax service")
    inn, receipt = found[1], found[2]
    if len(inn) != _PERSON_INN or not inn_holds(inn):
        return reject(400, "bad INN")
    expected = source.secret.get("expected_inn")
    if expected and inn != expected:
        return reject(403, "receipt of another contractor")
    if _ID.fullmatch(receipt) is None:
        return reject(400, "bad receipt id")
    if source.seen(receipt):
        return duplicate(key=receipt)
    return process(key=receipt, inn=inn, receipt_id=receipt)
