"""Which deliveries are followed one after another."""

import zlib
from typing import Any


def lane_of(normalized: Any, key: str) -> int:
    """Deliveries about one call, ticket or thread are followed one after another; others need not wait."""
    names = ("group_id", "call_id", "external_id", "entity_id", "thread_token", "chat", "chat_id", "from")
    subject = next((str(normalized[name]) for name in names if normalized.get(name)), key)
    return zlib.crc32(subject.encode("utf-8", "surrogatepass"))
