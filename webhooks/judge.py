"""The one way in: a vendor's name and a delivery give an outcome, whatever the bytes."""

from dataclasses import replace

from webhooks.request import Refusal, Request
from webhooks.vendors import VENDORS
from webhooks.verdict import Outcome, Source, reject


def judge(vendor: str, request: Request, source: Source) -> Outcome:
    """KeyError for a vendor we do not know. Only a delivery over HTTP has a status to answer with."""
    decide = VENDORS[vendor]
    try:
        outcome = decide(request, source)
    except Refusal as refusal:
        outcome = reject(refusal.http_status, refusal.reason)
    return outcome if request.kind == "inbound_webhook" else replace(outcome, http_status=None)
