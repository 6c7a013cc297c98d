"""Any other system: one address that takes JSON, with a bearer token. The key lets it know a copy."""

from core.hooks.vendors.told import WriteBack, call
from core.ports import WebCall


def build(told: WriteBack) -> WebCall:
    said = {
        "part": told.part,
        "event": told.type,
        "external_id": told.external,
        "order_id": told.order_id,
        **({"status": told.status} if told.part == "status" else {"text": told.text}),
    }
    return call("POST", told.base, said, Authorization=f"Bearer {told.secret}", Idempotency_Key=told.key)
