"""The token in the address of an order's letters, `desk+t1842.3f9c0a…@…`: the order and a MAC only we can make. In
hexadecimal, since some mailers lower the case of an address."""

import hashlib
import hmac
import re

from core.kernel.ids import keys

PURPOSE = "mail thread"
_TOKEN = re.compile(r"t([0-9]{1,15})\.([0-9a-f]{20})")


def reply_token(order_id: int) -> str:
    return f"t{order_id}.{_mac(keys().subkey(PURPOSE), order_id)}"


def order_of_token(token: str) -> int | None:
    """The order, or None for a token that is not ours."""
    found = _TOKEN.fullmatch(token.strip().lower())
    if found is None:
        return None
    number = int(found[1])
    good = [hmac.compare_digest(_mac(key, number), found[2]) for key in keys().subkeys(PURPOSE)]
    return number if any(good) else None


def message_key() -> str:
    """What the Message-IDs of our letters are signed with."""
    return keys().subkey("mail message id").hex()


def message_id(order_id: int, nonce: str, domain: str) -> str:
    """The Message-ID of a letter about an order, `<t1842.<nonce>.<mac>@…>`; `nonce`: small letters and digits."""
    signed = hmac.digest(message_key().encode(), f"message-id:t{order_id}.{nonce}".encode(), hashlib.sha256).hex()[:16]
    return f"<t{order_id}.{nonce}.{signed}@{domain}>"


def _mac(key: bytes, number: int) -> str:
    return hmac.digest(key, str(number).encode(), hashlib.sha256)[:10].hex()
