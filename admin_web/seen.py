"""Two people at one form: the form carries a mark of what it showed (`seen`), and a save that finds something else in
its place is refused. What was typed stays in the page; `seen` in the form is where the refusal is said.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from admin_web.forms import Typed
from core.kernel.errors import Stale
from core.kernel.locks import meet
from core.kernel.work import current

FIELD = "seen"


def mark(shown: Any) -> str:
    """The mark of values as a form shows them: dataclasses, dicts, numbers, texts."""
    plain = orjson.dumps(shown, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(plain).hexdigest()[:24]


async def one_by_one(section: str) -> None:
    """Within a work: whoever adds to the same section waits for its end, so that each sees which codes are taken."""
    await meet(current(), f"codes of {section}")


async def unchanged(request: web.Request, values: Typed, read: Callable[[], Awaitable[Any]]) -> None:
    """Within a work, before it changes anything: `form.changed` when what `read` gives now is not what the form
    showed. Saves of one form wait for one another. A form without a mark is one that shows nothing to lose."""
    seen = values.text(FIELD, 64)
    if not seen:
        return
    await meet(current(), request.path)
    if mark(await read()) != seen:
        raise Stale("form", field=FIELD)
