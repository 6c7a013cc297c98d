"""Look at what a polled system says, before anything is made of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import Outage
from core.sources.follow.seen import given, seen
from core.sources.kept import Kept, masked
from core.sources.mapping import Mapped, mapped
from core.sources.polls.page import Trouble
from core.sources.polls.worker import first_page
from core.sources.queries import SourceView, source
from core.sources.reads import READERS
from core.sources.reads.converse import converse
from core.sources.reads.talk import Thing
from core.sources.rules import FOUND

MOST_RAW = 4000
SHOWN = timedelta(days=30)
"""Where only what is newer than the connecting is brought, so much of the past is looked at."""


@dataclass(frozen=True, slots=True)
class Look:
    """The first answer: how many things are in it, what the paths find in the first, and that one as it came. Or a
    trouble with its facts."""

    count: int = 0
    found: Mapped = field(default_factory=Mapped)
    raw: str = ""
    trouble: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


async def look(source_id: str, paths: Mapping[str, str]) -> Look:
    """Outside any work; NotFound sources."""
    known = await source(source_id)
    since = now().astimezone((await company()).tz) - SHOWN
    place = {"from": since.isoformat(timespec="seconds")}
    try:
        items = (await first_page(known, place)).items
    except Trouble as trouble:
        return Look(trouble=trouble.code, facts=trouble.facts)
    except Outage as outage:
        return Look(trouble=outage.reason)
    first = next((one for one in items if not one.bad), None)
    if first is None:
        return Look(len(items))
    event = {"event": FOUND, "external_id": first.key}
    kept = Kept("POLL", "", (), first.body, "process", now(), "", event)
    try:
        said = seen(known, event, kept, await _whole(known, event, kept))
    except Trouble as trouble:
        return Look(trouble=trouble.code, facts=trouble.facts)
    except Outage as outage:
        return Look(trouble=outage.reason)
    raw = json.dumps(said["body"], ensure_ascii=False, indent=2)[:MOST_RAW]
    return Look(len(items), mapped(said, paths), masked(raw, known.secret.values()).encode("utf-8", "replace").decode())


async def _whole(known: SourceView, event: Mapping[str, Any], kept: Kept) -> Thing | None:
    """The thing as it is read before an order is made of it."""
    reader = READERS.get(known.kind)
    talk = reader.read(known, event, given(known, kept)) if reader else None
    return await converse(talk, reader.gap_s) if reader and talk else None
