"""Proofs that stand outside the body: a secret last in the path, and the Authorization header."""

from webhooks.request import Refusal, Request
from webhooks.signatures import bearer_token, from_base64, same


def check_path(request: Request, secret: str) -> None:
    """The last segment of the path is the secret. A wrong one is answered like an address that does not exist."""
    if not same(request.path.rstrip("/").rpartition("/")[2], secret):
        raise Refusal(404, "unknown path")


def check_basic(request: Request, credentials: str) -> None:
    """`user:password` in UTF-8, or in cp1251 as old clients of 1C encode it."""
    scheme, _, encoded = (request.single("Authorization") or "").partition(" ")
    given = from_base64(encoded.strip()) if scheme.lower() == "basic" else None
    if given is None:
        raise Refusal(401, "credentials missing")
    if not any(same(given, credentials.encode(charset, "replace")) for charset in ("utf-8", "cp1251")):
        raise Refusal(401, "wrong credentials")


def check_bearer(request: Request, token: str) -> None:
    given = bearer_token(request.single("Authorization"))
    if given is None:
        raise Refusal(401, "credentials missing")
    if not same(given, token):
        raise Refusal(401, "wrong credentials")
