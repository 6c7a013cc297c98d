"""What a vendor reports of an SMS or a call of ours."""

from collections.abc import Mapping
from typing import Any

from core.events import WordUndelivered
from core.kernel.work import emit
from core.sources.follow.result import Result

MOST_WHY = 200


async def follow(event: Mapping[str, Any]) -> Result:
    """The vendor's check brings only what was not delivered; the notice itself knows its order."""
    why = str(event.get("why") or "")[:MOST_WHY]
    await emit(WordUndelivered(str(event.get("notice") or ""), why, bool(event.get("lasting"))))
    return Result("undelivered", facts={"why": why})
