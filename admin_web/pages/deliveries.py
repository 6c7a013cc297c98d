"""What other systems brought: as it came, what was made of it, and once more."""

import json
from typing import Any

from aiohttp import web

from admin_web.forms import row_of
from admin_web.page import act, back, message_of, page, render
from core.inbox import actions as inbox
from core.inbox.queries import body_of
from core.kernel.errors import NotFound, Refusal
from core.sources.kept import masked
from core.sources.queries import DeliveryRow, deliveries, delivery, outcome_of, source, source_cards
from core.sources.reads import readings

DELIVERIES = "/admin/deliveries"
MAY = "company.edit"
SHOWN = 50
MOST_RAW = 64 << 10


@page("GET", DELIVERIES, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    """`?source=` of one system, `?before=` older ones."""
    cards = await source_cards()
    chosen = request.query.get("source", "")
    ids = [card.id for card in cards if chosen in ("", card.id)]
    before = request.query.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    rows = await deliveries(ids, older, SHOWN)
    return await render(
        request,
        "admin/deliveries.html",
        rows=rows,
        names={card.id: card.name for card in cards},
        cards=cards,
        chosen=chosen,
        older=rows[-1].id if len(rows) == SHOWN else None,
    )


@page("GET", DELIVERIES + r"/{id:\d+}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    """The raw bytes with the secrets taken out, as text; a long body is cut."""
    number = row_of(request)
    source_id, kept = await delivery(number)
    secrets = (await source(source_id)).secret.values()
    context: dict[str, Any] = {"raw": None, "normalized": None, "things": None}
    if kept is not None:
        head = [f"{kept.method} {kept.url}", *(f"{name}: {value}" for name, value in kept.headers)]
        text = kept.body[:MOST_RAW].decode("utf-8", "replace")
        context["raw"] = masked("\n".join(head) + "\n\n" + text, secrets).encode("utf-8", "replace").decode()
        context["cut"] = len(kept.body) > MOST_RAW
        context["normalized"] = masked(json.dumps(kept.normalized, ensure_ascii=False, indent=2), secrets)
    reading, came = await readings.reading_of(number), await outcome_of(number)
    if things := readings.opened(reading) if kept is not None else {}:
        text = json.dumps(things, ensure_ascii=False, indent=2)[:MOST_RAW]
        context["things"] = masked(text, secrets).encode("utf-8", "replace").decode()
    return await render(
        request,
        "admin/delivery.html",
        id=number,
        source_id=source_id,
        kept=kept,
        came=came,
        mend=_mend(request, came),
        reading=reading,
        emptied=kept is None and await body_of(number) == b"",
        **context,
    )


def _mend(request: web.Request, came: DeliveryRow | None) -> str:
    """What an administrator has to put right, where that is known."""
    if came is None or "about" not in came.facts:
        return ""
    return message_of(request, Refusal(str(came.facts["code"]), **came.facts["about"]))


@page("POST", DELIVERIES + r"/{id:\d+}/again", permission=MAY)
async def again(request: web.Request) -> web.Response:
    """Follow it once more, and read what it is about once more; what was done already is not done twice."""
    number = row_of(request)
    await delivery(number)
    async with act(request):
        await readings.forget(number)
        if not await inbox.do_again(number):
            raise NotFound("deliveries")
    return back(request, f"{DELIVERIES}/{number}", note="sources.again")
