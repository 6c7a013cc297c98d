"""One delivery said to another system, outside of any work: its secrets opened, its file read, the request or the talk
of several made, and what came of it."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core import ports
from core.files.actions import MIME_OF_KIND
from core.files.queries import bytes_of
from core.files.rules import MAX_BYTES, TYPES
from core.hooks.compose import Told, compose
from core.hooks.vendors import NO
from core.hooks.vendors.told import POWER, FileTold, Keep, Talk
from core.kernel.errors import Outage, Refusal
from core.kernel.ids import keys
from core.kernel.links import links
from core.kernel.read import parsed
from core.kernel.trouble import LOST
from core.kernel.work import work
from core.ports import WebAnswer, WebCall
from core.sources.vault import Locked, unseal

LINK = "hooks.file"
TALK_S = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What came of it: what was answered last, or a code of `error` (`silent`: there was nothing to say). `final`:
    trying again would change nothing. `ours`: the fault is the desk's own, not of the other system."""

    answer: WebAnswer | None = None
    error: str = ""
    final: bool = False
    silent: bool = False
    ours: bool = False

    @property
    def arrived(self) -> bool:
        return self.answer is not None and 200 <= self.answer.status < 300 and not self.error


def label(subscription_id: int) -> str:
    """What binds a sealed secret to its row; no source has such an id."""
    return f"hook:{subscription_id}"


async def say(subscription_id: int, row: Any, moment: datetime) -> Said:
    """`row` is one of `telling`. What nobody foresaw is one delivery's trouble: others must not wait behind it."""
    try:
        return await _say(subscription_id, row, moment)
    except LOST:
        raise
    except Exception:
        log.exception("a delivery cannot be said", extra={"subscription": subscription_id})
        return Said(error="unforeseen", ours=True)


async def _say(subscription_id: int, row: Any, moment: datetime) -> Said:
    try:
        file = await _file(row) if row["file_id"] is not None else None
        told = _told(subscription_id, row, moment, file)
        made = await asyncio.to_thread(compose, told, moment) if file else compose(told, moment)
    except Outage as outage:
        return Said(error=outage.reason, final=outage.permanent)
    except Locked:
        return Said(error="locked")
    if made is None:
        return Said(error="nothing", final=True, silent=True)
    try:
        answer = await (ports.web().call(made) if isinstance(made, WebCall) else _talk(made, row["handed_id"]))
    except Outage as outage:
        return Said(error=outage.reason)
    refused = NO.get(row["kind"])
    return Said(answer, "said_no" if refused is not None and refused(answer.body) else "")


async def _talk(talk: Talk, handed_id: int | None) -> WebAnswer:
    """Outage timeout when it takes longer than a task may wait."""
    began, answer = time.monotonic(), None
    try:
        step = next(talk)
        while True:
            if time.monotonic() - began > TALK_S:
                raise Outage(POWER, "timeout")
            if isinstance(step, Keep):
                await _keep(handed_id, step.remote)
                step = next(talk)
            else:
                answer = await ports.web().call(step)
                step = talk.send(answer)
    except StopIteration:
        if answer is None:
            raise Outage(POWER, "bad_answer") from None
        return answer
    finally:
        talk.close()


async def _keep(handed_id: int | None, remote: Mapping[str, Any]) -> None:
    async with work() as w:
        sql = "UPDATE hooks_handed SET remote = remote || $2::jsonb WHERE id = $1"
        await w.execute(sql, handed_id, orjson.dumps(dict(remote)).decode())


def _told(subscription_id: int, row: Any, moment: datetime, file: FileTold | None) -> Told:
    both = row["old_secret"] is not None and row["old_until"] > moment
    return Told(
        row["event_id"],
        row["type"],
        row["at"],
        parsed(row["data"]),
        row["kind"],
        row["url"],
        row["part"],
        orjson.loads(unseal(label(subscription_id), row["secret"])),
        orjson.loads(unseal(label(subscription_id), row["old_secret"])) if both else {},
        parsed(row["config"]),
        row["external"],
        file,
    )


async def _file(row: Any) -> FileTold:
    """With its bytes, or with its private link where they are too many, too many for them, or not wanted. Outage
    file_away; permanent: file_gone, no_address."""
    if row["sha256"] is None:
        raise Outage(POWER, "file_gone", permanent=True)
    remote, size, data, url = parsed(row["remote"]), int(row["size"]), None, ""
    if size > MAX_BYTES or remote.get("link") or parsed(row["config"]).get("files") == "link":
        url = links.page(f"handed/{keys().sign(LINK, row['handed_id'])}") or ""
        if not url:
            raise Outage(POWER, "no_address", permanent=True)
    else:
        try:
            data = await bytes_of(row["file_id"])
        except Refusal as refusal:
            raise Outage(POWER, "file_gone", permanent=True) from refusal
        except Outage as outage:
            raise Outage(POWER, "file_away") from outage
    mime = row["mime"] or MIME_OF_KIND.get(row["file_kind"], "application/octet-stream")
    return FileTold(row["file_id"], _name(row, mime), mime, size, data, url, remote)


def _name(row: Any, mime: str) -> str:
    """As it is called here; what came without a name is called by what it is."""
    if row["name"]:
        return str(row["name"])
    ending = next((known.extensions[0] for known in TYPES if known.mime == mime), "bin")
    return f"{row['file_kind']}-{row['file_id']}.{ending}"
