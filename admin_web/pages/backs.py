"""Write back into the system that an order came from: its address and token, which state is which, what goes into which
field, what is said, and which files go along."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, back, page, render, said
from admin_web.seen import mark, unchanged
from core.checklists.queries import templates
from core.hooks import backs
from core.hooks.examples import example
from core.hooks.facts import FACTS, READING, check_fields, types_of, values
from core.hooks.queries import HookView, hook, last_said
from core.hooks.rules import COMMENTS, FILES, STATUS_TYPES
from core.hooks.vendors import CONFIG, VENDORS
from core.kernel.clock import now
from core.kernel.words import Words
from core.sources.queries import source, source_cards

BACKS = "/admin/write-backs"
MAY = "company.edit"
FACT = "fact."


@page("GET", BACKS, permission=MAY)
async def choose(request: web.Request) -> web.Response:
    """Which of the connected systems; another has to be connected first."""
    return await render(request, "admin/backs.html", sources=await source_cards())


@page("GET", BACKS + "/new/{source}", permission=MAY)
async def new(request: web.Request) -> web.Response:
    """`?kind=` of another API than the usual one of this system."""
    one = await source(request.match_info["source"])
    asked = request.query.get("kind", one.kind.removesuffix("-poll"))
    kind = asked if asked in VENDORS else "rest"
    choices = await _choices(said(request), kind, one.id)
    return await render(request, "admin/back_new.html", source=one, kind=kind, kinds=list(VENDORS), **choices)


@page("POST", BACKS + "/new/{source}/{kind}", permission=MAY)
async def add(request: web.Request) -> web.Response:
    given, kind = await _given(request), request.match_info["kind"]
    async with act(request):
        number = await backs.write_back(request.match_info["source"], kind, **given)
    return back(request, f"/admin/hooks/{number}", note="saved")


@page("GET", BACKS + r"/{id:\d+}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    one = await hook(row_of(request))
    if one.kind not in VENDORS:
        raise web.HTTPNotFound
    ticked = {part: {kind for kind, of in one.wants if of == part} for part in ("comment", "file")}
    choices = await _choices(said(request), one.kind, one.source_id or "", one.config.get("fields", {}))
    return await render(request, "admin/back.html", one=one, ticked=ticked, seen=mark(_showing(one)), **choices)


@page("POST", BACKS + r"/{id:\d+}", permission=MAY)
async def save(request: web.Request) -> web.Response:
    """An empty token leaves the one there is."""
    given, one = await _given(request), await hook(row_of(request))
    if one.kind not in VENDORS:
        raise web.HTTPNotFound

    async def showing() -> list[Any]:
        return _showing(await hook(one.id))

    async with act(request):
        await unchanged(request, await typed(request), showing)
        await backs.change_back(one.id, **given)
    return back(request, f"/admin/hooks/{one.id}", note="saved")


def _showing(one: HookView) -> list[Any]:
    """All that the form shows; a secret is never shown."""
    return [one.name, one.url, one.config, one.wants]


@dataclass(frozen=True, slots=True)
class Tried:
    """What an event would bring into which field. `order_id` None: an example."""

    type: str
    at: datetime
    order_id: int | None
    fields: dict[str, Any]


@page("POST", BACKS + "/preview/{source}", permission=MAY)
async def preview(request: web.Request) -> web.Response:
    """What the typed mapping finds in the last events of this system's orders; nothing is saved."""
    one = await source(request.match_info["source"])
    mapping = check_fields(await _fields(request))
    last = {newest.type: newest for newest in await last_said(one.id, types_of(mapping))}
    found = []
    for kind in types_of(mapping):
        newest = last.get(kind)
        data, at = (newest.data, newest.at) if newest else (example(kind, mapping), now())
        found.append(Tried(kind, at, newest.order_id if newest else None, values(mapping, kind, data, at)))
    return await render(request, "admin/back_preview.html", found=found)


async def _choices(t: Words, kind: str, source_id: str, mapping: Collection[str] = ()) -> dict[str, Any]:
    if kind == backs.CALLS:
        return {"settings": CONFIG[kind], "states": (), "comments": (), "files": (), "facts": (), "readings": {}}
    return {
        "settings": CONFIG[kind],
        "states": list(STATUS_TYPES),
        "comments": COMMENTS,
        "files": FILES,
        "facts": list(FACTS),
        "readings": await _readings(t, mapping),
        "preview": f"{BACKS}/preview/{source_id}",
    }


async def _readings(t: Words, mapping: Collection[str]) -> dict[str, str]:
    """The items of all checklists that have an answer to give, by code, and those that are mapped though no checklist
    has them any more."""
    items = [item for one in await templates() for item in one.items if item["type"] != "photo"]
    mapped = [fact.removeprefix(READING) for fact in mapping if fact.startswith(READING)]
    return {code: code for code in mapped} | {
        item["code"]: item["text"].get(t.locale) or item["code"] for item in items
    }


async def _fields(request: web.Request) -> dict[str, str]:
    """The fields that were typed, by fact."""
    answers, names = await typed(request), [name for name in await request.post() if name.startswith(FACT)]
    return {name.removeprefix(FACT): answers.text(name, 110) for name in names}


async def _given(request: web.Request) -> dict[str, Any]:
    known, answers = {name for names in CONFIG.values() for name in names}, await typed(request)
    return {
        "name": answers.text("name", 100, required=True),
        "url": answers.text("url", 500, required=True),
        "token": answers.text("token", 2000),
        "settings": {name: answers.text(f"setting.{name}", 200) for name in known},
        "statuses": {state: answers.text(f"status.{state}", 100) for state in STATUS_TYPES},
        "comments": answers.all("comment"),
        "fields": await _fields(request),
        "files": answers.all("file"),
    }
