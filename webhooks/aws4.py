"""Amazon's Signature Version 4 of a GET without a body, in its headers. Pure.

Source: the vendor's documentation, "Signature Calculations for the Authorization Header: Transferring Payload in a
Single Chunk (AWS Signature Version 4)" of the Amazon S3 API Reference. Unlike other services S3 wants the path as it is
sent, encoded once and with nothing of it folded.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

ALGORITHM = "AWS4-HMAC-SHA256"
NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Whose request it is; good in one region."""

    id: str
    secret: str = field(repr=False)
    region: str


def signed_get(
    host: str, path: str, key: AccessKey, at: datetime, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers to send, `more` among them, beside `Host`. `path`: percent-encoded, from its first slash on, without
    a query."""
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    sent = {**(more or {}), "x-amz-content-sha256": NOTHING, "x-amz-date": moment}
    signed = {name.lower(): " ".join(value.split()) for name, value in {**sent, "host": host}.items()}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"GET\n{path}\n\n{lines}\n{names}\n{NOTHING}"
    scope = f"{moment[:8]}/{key.region}/s3/aws4_request"
    words = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(key.secret, scope), words.encode(), hashlib.sha256).hex()
    proof = f"{ALGORITHM} Credential={key.id}/{scope},SignedHeaders={names},Signature={signature}"
    return {**sent, "Authorization": proof}


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key
