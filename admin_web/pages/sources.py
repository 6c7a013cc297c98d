"""Other systems that bring us something: connect one, tell its secret once, say which of their fields are ours."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, typed
from admin_web.page import act, back, page, render
from core.customers.queries import customers, sites_for
from core.inbox import actions as inbox
from core.kernel.actor import SYSTEM
from core.kernel.errors import NotFound, Refusal
from core.kernel.links import links
from core.orders.rules import LEVELS
from core.sources import actions
from core.sources.boxes import troubles
from core.sources.follow.seen import seen
from core.sources.mapping import FIELDS, check_mapping, mapped, paths_of
from core.sources.polls import schedule
from core.sources.polls.look import Look, look
from core.sources.queries import SourceCard, delivery, last_delivery, source, source_card, source_cards
from core.sources.reads import readings, reads_back
from core.sources.reads.readings import thing_of
from core.sources.rules import KINDS, PATH_SECRET, Kind, kind_of
from core.sources.settings import FLAGS, WHOLE

SOURCES = "/admin/sources"
MAY = "company.edit"
CHOICES = 500


@page("GET", SOURCES, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    return await render(
        request,
        "admin/sources.html",
        sources=await source_cards(),
        kinds=KINDS,
        base=_base(),
        troubles=await troubles(),
        polls=await schedule.polls_in_trouble(),
    )


@page("GET", SOURCES + "/new/{kind}", permission=MAY)
async def new(request: web.Request) -> web.Response:
    code = request.match_info["kind"]
    return await render(request, "admin/source_new.html", code=code, kind=_kind(code), base=_base())


@page("POST", SOURCES + "/new/{kind}", permission=MAY)
async def add(request: web.Request) -> web.Response:
    """What we made is shown now and never again."""
    values, code = await typed(request), request.match_info["kind"]
    kind, source_id = _kind(code), values.text("id", 32, required=True)
    name = values.text("name", 100, required=True)
    async with act(request):
        made = await actions.add_source(source_id, code, name, _secrets(values, kind), _config(values, kind))
    return await _told(request, source_id, made)


@page("GET", SOURCES + "/{id}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    one = await source_card(request.match_info["id"])
    kind, reads = KINDS[one.kind], reads_back(one.kind, one.secrets, one.config)
    paths = paths_of(kind, one.mapping, read=bool(reads))
    context = await _preview(one, paths)
    return await render(
        request,
        "admin/source.html",
        one=one,
        kind=kind,
        fields=FIELDS,
        paths=paths,
        reads=reads,
        customers=[(row.id, row.name) for row in await customers(limit=CHOICES)],
        sites=await _sites(one),
        levels=LEVELS,
        base=_base(),
        poll=await schedule.poll_of(one.id) if kind.polled else None,
        **context,
    )


@page("POST", SOURCES + "/{id}", permission=MAY)
async def save(request: web.Request) -> web.Response:
    """Secrets that were left empty stay."""
    values, one = await typed(request), await source_card(request.match_info["id"])
    kind, name = KINDS[one.kind], values.text("name", 100, required=True)
    async with act(request):
        await actions.change_source(
            one.id, name=name, secrets=_secrets(values, kind), config=_config(values, kind), mapping=_mapping(values)
        )
    return back(request, f"{SOURCES}/{one.id}", note="saved")


@page("POST", SOURCES + "/{id}/preview", permission=MAY)
async def preview(request: web.Request) -> web.Response:
    """What the typed mapping finds in the last delivery; nothing is saved."""
    one = await source_card(request.match_info["id"])
    paths = check_mapping(_mapping(await typed(request)))["paths"]
    context = await _preview(one, paths)
    return await render(request, "admin/source_preview.html", one=one, fields=FIELDS, **context)


@page("GET", SOURCES + "/{id}/poll", permission=MAY)
async def polled(request: web.Request) -> web.Response:
    """What came of asking it last, for a page that waits for it."""
    one = await source_card(request.match_info["id"])
    return await render(request, "admin/source_poll.html", one=one, poll=await schedule.poll_of(one.id))


@page("POST", SOURCES + "/{id}/poll", permission=MAY)
async def poll_now(request: web.Request) -> web.Response:
    source_id = request.match_info["id"]
    async with act(request):
        await schedule.ask_now(source_id)
    return back(request, f"{SOURCES}/{source_id}", note="sources.asked")


@page("POST", SOURCES + "/{id}/look", permission=MAY)
async def looked(request: web.Request) -> web.Response:
    """What the system says now and what the typed mapping finds in it; nothing is kept or saved."""
    one = await source_card(request.match_info["id"])
    paths = check_mapping(_mapping(await typed(request)))["paths"] or paths_of(KINDS[one.kind], {})
    found: Look = await look(one.id, paths)
    return await render(request, "admin/source_look.html", one=one, fields=FIELDS, look=found)


@page("POST", SOURCES + "/{id}/renew/{secret}", permission=MAY)
async def renew(request: web.Request) -> web.Response:
    source_id, name = request.match_info["id"], request.match_info["secret"]
    async with act(request):
        made = await actions.renew_secret(source_id, name)
    return await _told(request, source_id, {name: made})


@page("POST", SOURCES + "/{id}/{state:on|off}", permission=MAY)
async def switch(request: web.Request) -> web.Response:
    source_id = request.match_info["id"]
    async with act(request):
        await actions.change_source(source_id, active=request.match_info["state"] == "on")
    return back(request, f"{SOURCES}/{source_id}", note="saved")


@page("POST", SOURCES + "/{id}/test", permission=MAY)
async def test(request: web.Request) -> web.Response:
    """Follow the last delivery once more, with the mapping of now; what was done already is not done twice."""
    one = await source_card(request.match_info["id"])
    newest = await last_delivery(one.id)
    if newest is None:
        raise NotFound("deliveries")
    async with act(request):
        await readings.forget(newest)
        if not await inbox.do_again(newest):
            raise NotFound("deliveries")
    return back(request, f"/admin/deliveries/{newest}", note="sources.again")


def _kind(code: str) -> Kind:
    try:
        return kind_of(code)
    except Refusal as refusal:
        raise web.HTTPNotFound from refusal


def _base() -> str:
    return (links.public or "") + "/hooks/"


async def _told(request: web.Request, source_id: str, made: dict[str, str]) -> web.Response:
    view = await source(source_id)
    tail = f"/{view.secret[PATH_SECRET]}" if PATH_SECRET in made else ""
    address = f"{_base()}{source_id}{tail}"
    shown = {name: value for name, value in made.items() if name != PATH_SECRET}
    return await render(request, "admin/source_told.html", id=source_id, address=address, made=shown)


def _secrets(values: Typed, kind: Kind) -> dict[str, str]:
    return {one.name: values.text(f"secret.{one.name}", 4000) for one in kind.secrets}


def _config(values: Typed, kind: Kind) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in kind.settings:
        if name in WHOLE:
            config[name] = values.whole(name, *WHOLE[name]) if values.text(name) else None
        elif name == "own_numbers":
            config[name] = [number for number in values.prose(name, 4000).splitlines() if number.strip()]
        elif name in FLAGS:
            config[name] = values.flag(name)
        else:
            config[name] = values.text(name, 300)
    return config


def _mapping(values: Typed) -> dict[str, Any]:
    return {
        "paths": {name: values.text(f"path.{name}", 500) for name in FIELDS},
        "events": values.text("events", 500).split(),
        "customer_id": values.row("customer"),
        "site_id": values.row("site"),
        "urgency": values.choice("urgency", ("", *LEVELS)) if "urgency" in values else "",
    }


async def _sites(one: SourceCard) -> list[tuple[int, str]]:
    customer_id = one.mapping.get("customer_id")
    if not customer_id:
        return []
    return [(site.id, site.name) for site in await sites_for(SYSTEM, limit=CHOICES, customer_id=customer_id)]


async def _preview(one: SourceCard, paths: dict[str, str]) -> dict[str, Any]:
    newest = await last_delivery(one.id)
    kept = (await delivery(newest))[1] if newest else None
    if newest is None or kept is None:
        return {"found": None, "newest": newest, "said": {}}
    said = seen(await source(one.id), kept.normalized, kept, await thing_of(newest, kept))
    return {"found": mapped(said, paths), "newest": newest, "said": {"event": kept.normalized.get("event", "")}}
