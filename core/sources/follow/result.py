"""What came of one event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """`what`: order (made), known (the order was there), news (told to its team), message (in its thread), reacted (a
    mark put to a message of ours), request, call, callback, delivered and undelivered (a word of ours), late (a later
    notice came first), fetching (a letter that lies elsewhere), fetched (it is a delivery of its own), refused (`code`
    says why, `about` what its words need), seen, nothing; or the verdict's action where nothing was followed.
    """

    what: str
    order_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
