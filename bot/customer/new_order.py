"""A new order from messages: any text, photo, voice, file or place begins one or adds to it. Nothing said is lost.

Each message gets an answer below it (`Draft.card`); only the parts of an album share one, which is edited.
"""

from bot.customer.draft import MAX_FILES, Draft
from bot.customer.identity import known, me
from bot.customer.questions import ask, choose_site, draft_of, new_draft
from bot.customer.routes import menu, routes
from bot.shared.files import take
from bot.shared.talk import words
from bot.turn import AT_ONCE, Spot, Turn, moment
from core.assets.queries import asset_by_payload, assets_at
from core.customers.queries import nearest_sites, site_view, sites_for
from core.kernel.errors import Refusal
from core.orders.rules import MAX_ADDRESS

QUESTIONS = ("site", "place", "asset", "words", "urgency", "when", "check")
LEFT_OUT = ("many_files", "too_long")


@routes.command("new")
@menu.item("customer.menu.new")
@known
async def new(turn: Turn) -> None:
    """Begin, or go on with what was begun."""
    turn.text = ""
    begun = draft_of(turn)
    draft = begun or await new_draft(turn)
    draft.card = None
    await ask(turn, draft, "resumed" if begun else None)


async def begin(turn: Turn) -> None:
    """Begin an order with this message, or add it to the one that was begun."""
    draft = draft_of(turn) or await new_draft(turn)
    await _take_in(turn, draft)


async def begin_at_asset(turn: Turn, payload: str) -> None:
    """Someone scanned the label on a machine: site and machine are known. What they said before stays."""
    try:
        asset = await asset_by_payload(payload)
        site = await site_view(me(turn), asset.site_id)
    except Refusal:
        draft = draft_of(turn) or await new_draft(turn)
        draft.card = None
        await ask(turn, draft, "bad_tag")
        return
    draft = draft_of(turn) or Draft(turn.message_id, known_sites=1)
    draft.card = None
    draft.choose_asset(asset, {"id": site.id, "name": site.name, "address": site.address})
    if turn.text or turn.files:
        await _take_in(turn, draft)
    else:
        await ask(turn, draft, "scanned")


@routes.step(*(f"new_order.{question}" for question in QUESTIONS))
@menu.first
@known
async def more(turn: Turn) -> None:
    await begin(turn)


async def _take_in(turn: Turn, draft: Draft) -> None:
    """Files first, so that a caption joins the words; then the text or the place answers the question at hand. Only
    what was kept of a stranger has a place beside words and files."""
    if turn.files:
        note = await _take_files(turn, draft)
    else:
        note, draft.album, draft.card = None, None, f"draft:{turn.message_id}"
    if turn.spot is not None:
        if turn.text and not turn.files and not _joins(turn, draft, turn.text):
            note = "too_long"
        await _take_spot(turn, draft, turn.spot, note if note in LEFT_OUT else None)
    elif turn.files:
        await ask(turn, draft, note)
    elif turn.text:
        await _take_text(turn, draft, turn.text)
    elif turn.contact is not None:
        await _take_text(turn, draft, words(turn))
    else:
        await ask(turn, draft, "unreadable")


async def _take_files(turn: Turn, draft: Draft) -> str | None:
    """What to say of them. Parts of one album share one answer, whose count of files grows."""
    if turn.album is None or turn.album != draft.album:
        draft.album, draft.card = turn.album, f"draft:{turn.message_id}"
    note: str | None = "files"
    if len(draft.files) + len(turn.files) > MAX_FILES:
        note = "many_files"
    else:
        taken = await take(turn, "draft", draft.number)
        draft.files += [{"id": file.id, "kind": file.kind} for file in taken]
        note = "files" if taken else None
    if turn.text and not _joins(turn, draft, turn.text):
        note = "too_long"
    if draft.editing == "words":
        draft.editing = None
    return note


async def _take_text(turn: Turn, draft: Draft, text: str) -> None:
    match turn.dialogue.step:
        case "new_order.site":
            await _search_site(turn, draft, text)
        case "new_order.place":
            address = " ".join(text.split())
            fits = len(address) <= MAX_ADDRESS or _joins(turn, draft, text)
            draft.place = {"address": address[:MAX_ADDRESS], "lat": None, "lon": None}
            draft.editing = None
            await ask(turn, draft, None if fits else "too_long")
        case "new_order.asset":
            await _search_asset(turn, draft, text)
        case "new_order.words":
            await _say_words(turn, draft, text)
        case _:
            first = not draft.words
            await ask(turn, draft, (None if first else "added") if _joins(turn, draft, text) else "too_long")


def _joins(turn: Turn, draft: Draft, text: str) -> bool:
    """Take more words. Of a text that an app cut, what follows a part that found no room finds none either: the rest
    would be read as if nothing were missing before it."""
    full = moment(turn.dialogue.data.get("full"))
    if (full is None or abs(turn.at - full) > AT_ONCE) and draft.add_words(text):
        return True
    turn.dialogue.go(turn.dialogue.step, full=turn.at.isoformat())
    return False


async def _say_words(turn: Turn, draft: Draft, text: str) -> None:
    """An answer to «what is wrong»; when the words are being corrected it takes the place of the old ones."""
    before = draft.words
    if draft.editing == "words":
        draft.words = ""
    if not _joins(turn, draft, text):
        draft.words = before
        await ask(turn, draft, "too_long")
        return
    draft.editing = None
    await ask(turn, draft)


async def _search_site(turn: Turn, draft: Draft, text: str) -> None:
    """A site's name narrows the list; words that name no site are what is wrong."""
    found = await sites_for(me(turn), search=text[:100], limit=7)
    if found:
        await ask(turn, draft, "found", sites=found)
    else:
        await ask(turn, draft, "added" if _joins(turn, draft, text) else "too_long")


async def _search_asset(turn: Turn, draft: Draft, text: str) -> None:
    here = await assets_at(me(turn), draft.site["id"]) if draft.site else []
    wanted = text.casefold()
    found = [
        a for a in here if any(wanted in part.casefold() for part in (a.name, a.model, a.inventory, a.place) if part)
    ]
    if found:
        await ask(turn, draft, "found", assets=found)
    else:
        await ask(turn, draft, "added" if _joins(turn, draft, text) else "too_long")


async def _take_spot(turn: Turn, draft: Draft, spot: Spot, note: str | None) -> None:
    """A place narrows the sites to the nearest; where there is no list of sites it is the place itself. `note`: what
    came with it and found no room."""
    if draft.known_sites:
        near = await nearest_sites(me(turn), spot.lat, spot.lon)
        if near:
            draft.editing = "site"
            await ask(turn, draft, note or "near", sites=near)
            return
    address = (draft.place or {}).get("address") or ""
    draft.place, draft.site, draft.editing = {"address": address, "lat": spot.lat, "lon": spot.lon}, None, None
    await ask(turn, draft, note)


async def pick_site(turn: Turn, draft: Draft, site_id: int) -> None:
    """A site of the customer's own list; NotFound for anybody else's."""
    await choose_site(turn, draft, await site_view(me(turn), site_id))
    await ask(turn, draft)
