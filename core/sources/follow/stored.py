"""Letters of which only a notice came: they lie in a bucket of the company, and are fetched soon, outside this work.
One that can't be had is somebody's all the same: a dispatcher is shown whose it is, and what about."""

from collections.abc import Mapping
from typing import Any

from core.kernel.errors import Refusal
from core.sources import actions, requests
from core.sources.follow.result import Result
from core.sources.kept import Kept
from core.sources.mapping import LENGTHS
from core.sources.queries import SourceView
from core.tasks.actions import later

EVENT = "mail.stored"
FETCH = "sources.letter"
SETTINGS, SECRET = ("s3_bucket", "s3_region", "s3_access_key_id"), "secret_access_key"
TAKEN = ("kept", "copy")
"""What the letterbox says of a letter that is in the inbox now."""


async def promise(source: SourceView, delivery_id: int, kept: Kept) -> Result:
    """A letter that was fetched once is a delivery of its own, and not asked for again: it may be there no more."""
    if await actions.remembered(source.id, [_key(delivery_id)]):
        return Result("fetched")
    try:
        check(source, kept.normalized)
    except Refusal as refusal:
        await show(source.id, delivery_id, kept.normalized)
        return _refused(refusal)
    await later(FETCH, {"source": source.id, "delivery": delivery_id}, key=delivery_id)
    return Result("fetching")


def check(source: SourceView, event: Mapping[str, Any]) -> None:
    """Only the bucket of the settings is read, whatever a notice says. Refusals sources.letter_unset,
    letter_elsewhere."""
    bucket, ours = str(event["stored"]["bucket"]), str(source.config.get("s3_bucket") or "")
    if not all(source.config.get(name) for name in SETTINGS) or not source.secret.get(SECRET):
        raise Refusal("sources.letter_unset", bucket=bucket)
    if bucket != ours:
        raise Refusal("sources.letter_elsewhere", bucket=bucket, ours=ours)


async def show(source_id: str, delivery_id: int, event: Mapping[str, Any]) -> None:
    """Put what the notice says of its letter before the dispatchers, once; what a machine wrote is nobody's."""
    if event.get("is_auto") or await requests.request_of(source_id, _key(delivery_id)) is not None:
        return
    sender = str(event.get("from") or "")
    said = {"words": str(event.get("subject") or "")[: LENGTHS["words"]], "name": sender[:200], "email": sender}
    await requests.ask(source_id, _key(delivery_id), "letter", "waiting", "", {**said, "missing": ["words"]})


async def fetched(source_id: str, delivery_id: int, kept: Kept, taken: str) -> None:
    """It is a delivery of its own, or (`taken` says why) nothing that letters are kept for."""
    row = await requests.request_of(source_id, _key(delivery_id))
    if row is not None and row.state != "done":
        await requests.settle(row.id)
    if taken in TAKEN:
        await actions.first_time(source_id, _key(delivery_id))
    result = Result("fetched") if taken in TAKEN else Result("nothing", facts={"why": taken})
    await _came(source_id, delivery_id, kept, result)


async def refused(source_id: str, delivery_id: int, kept: Kept, refusal: Refusal) -> None:
    """Final, until somebody has the notice followed again."""
    await show(source_id, delivery_id, kept.normalized)
    await _came(source_id, delivery_id, kept, _refused(refusal))


def _refused(refusal: Refusal) -> Result:
    return Result("refused", facts={"code": refusal.code, "about": refusal.data})


async def _came(source_id: str, delivery_id: int, kept: Kept, result: Result) -> None:
    await actions.came_of(delivery_id, source_id, EVENT, result.what, kept.at, facts=result.facts)


def _key(delivery_id: int) -> str:
    return f"stored:{delivery_id}"
