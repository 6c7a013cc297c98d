"""What proves an act genuine: the same facts always make the same bytes and the same sha256.

``digest`` is of what the customer agrees to and does not change when they sign or when the act is revoked;
``signed_digest`` holds the signature too. The first groups of ``digest`` are printed on the act, so that the
page that its QR code opens and the paper in one's hand can be compared by eye.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from core.documents.facts import ActFacts, to_data

NOT_AGREED = frozenset({"signature", "state", "proof_url"})
_FORM = "naryad-act-1"


def canonical(facts: ActFacts, *, signed: bool = False) -> bytes:
    """Canonical JSON in UTF-8: sorted keys, no spaces, numbers as strings, the version of this form inside."""
    return _canonical(to_data(facts), signed)


def digest(facts: ActFacts) -> str:
    """sha256 (hex) of the act without its signature, state and address of the proof."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def signed_digest(facts: ActFacts) -> str:
    """sha256 (hex) of the act with its signature: who, when, how, and the picture's own sha256."""
    return hashlib.sha256(canonical(facts, signed=True)).hexdigest()


def matches(data: Mapping[str, Any], expected: str) -> bool:
    """Whether stored data (``facts.to_data``) still is what ``digest`` was taken of."""
    actual = hashlib.sha256(_canonical(data, signed=False)).hexdigest()
    return hmac.compare_digest(actual.encode(), expected.encode())


def short(value: str) -> str:
    """The first 16 digits of a digest in fours, for people: «3f2a 9c11 07de 55b0»."""
    return " ".join(value[start : start + 4] for start in range(0, 16, 4))


def _canonical(data: Mapping[str, Any], signed: bool) -> bytes:
    left_out = NOT_AGREED - {"signature"} if signed else NOT_AGREED
    kept = {name: value for name, value in data.items() if name not in left_out} | {"form": _FORM}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")
