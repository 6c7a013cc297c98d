"""Ask the next question of a new order. What the question needs to be shown is read here; screens stay pure."""

from typing import Any

from bot.customer.draft import Draft
from bot.customer.identity import me
from bot.turn import Turn
from core.assets.queries import assets_at
from core.customers.queries import sites_for
from core.orders.queries import my_orders

SITES_PAGE = 6
ASSETS_SHOWN = 40


def draft_of(turn: Turn) -> Draft | None:
    """The draft in this chat: the one being asked about, or one that was set aside; with the files that came for it by
    upload links meanwhile."""
    draft = Draft.of(turn.dialogue.data.get("draft"))
    if draft is not None and (arrived := turn.dialogue.data.pop("arrived", None)):
        for file in arrived:
            draft.add_file(file["id"], file["kind"])
        turn.dialogue.go(turn.dialogue.step, draft=draft.facts())
    return draft


async def new_draft(turn: Turn) -> Draft:
    """An empty draft; the only site is chosen by itself."""
    draft = Draft(turn.message_id)
    sites = await sites_for(me(turn), limit=2)
    draft.known_sites = len(sites)
    if len(sites) == 1:
        await choose_site(turn, draft, sites[0])
    return draft


async def choose_site(turn: Turn, draft: Draft, site: Any) -> None:
    here = await assets_at(me(turn), site.id)
    draft.choose_site({"id": site.id, "name": site.name, "address": site.address}, len(here))


async def ask(turn: Turn, draft: Draft, note: str | None = None, **search: Any) -> None:
    """Show the next question, and stand at it. `search` narrows lists: `sites`, `assets`, `page`."""
    question = draft.question
    turn.dialogue.go(f"new_order.{question}", draft=draft.facts())
    facts = {
        "draft": draft.facts(),
        "note": note,
        "now": turn.work.now.isoformat(),
        **await _needs(turn, draft, search),
    }
    if turn.press is not None:
        turn.redraw(f"customer.new.{question}", facts)
    else:
        turn.say(f"customer.new.{question}", facts, card=draft.card, revision=turn.message_id if draft.card else 0)


async def _needs(turn: Turn, draft: Draft, search: dict[str, Any]) -> dict[str, Any]:
    match draft.question:
        case "site":
            page = search.get("page", 0)
            sites = search.get("sites")
            if sites is None:
                sites = await sites_for(me(turn), limit=SITES_PAGE + 1, offset=page * SITES_PAGE)
            told = [{"id": s.id, "name": s.name, "address": s.address} for s in sites[:SITES_PAGE]]
            return {
                "sites": told,
                "page": page,
                "more": len(sites) > SITES_PAGE,
                "open": await _open_order(turn, draft),
            }
        case "asset" if draft.site is not None:
            found = search.get("assets") or await assets_at(me(turn), draft.site["id"])
            told = [{"id": a.id, "name": a.name, "model": a.model, "place": a.place} for a in found[:ASSETS_SHOWN]]
            return {"assets": told, "page": search.get("page", 0), "open": await _open_order(turn, draft)}
        case "urgency":
            return {"open": await _open_order(turn, draft)}
    return {}


async def _open_order(turn: Turn, draft: Draft) -> int | None:
    """The number of the customer's newest open order: what was said may belong to it."""
    if not draft.words and not draft.files:
        return None
    orders = await my_orders(me(turn), limit=1)
    return orders[0].id if orders else None
