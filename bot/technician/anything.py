"""A message that nothing waits for: an answer goes where it belongs, a place is followed, and for a photo or words one
press says what they are."""

from typing import Any

from bot.shared.files import take
from bot.shared.talk import chatting, remark, words
from bot.technician.identity import known, my_job, pressed, stranger
from bot.technician.job import job_at_hand
from bot.technician.routes import menu, routes
from bot.technician.start import home, start
from bot.technician.talk import post, talked_in
from bot.technician.travel import take_spot
from bot.turn import Turn
from core.chats import actions as chats
from core.chats.queries import message
from core.kernel.errors import Refusal
from core.orders.queries import access_order
from core.presence import actions as presence
from core.reports import actions as reports

TOKEN_LENGTH = 32
KINDS = ("before", "after", "team", "customer", "comment")


@routes.otherwise
@menu.first
async def anything(turn: Turn) -> None:
    """A stranger may send an invitation's code as plain text."""
    if turn.edited:
        await _ended(turn)
        if turn.actor is not None and turn.text.strip() and turn.command is None:
            await _corrected(turn)
        return
    if turn.actor is None:
        if len(turn.text.strip()) == TOKEN_LENGTH:
            turn.args = turn.text
            await start(turn)
        else:
            await stranger(turn)
        return
    await _sort(turn)


async def _ended(turn: Turn) -> None:
    """A live location that was stopped comes as an edit without a period; moves never come here."""
    if turn.spot is not None and turn.spot.live is None:
        await presence.share_stopped(turn.bot, turn.chat_id, turn.message_id)


@known
async def _corrected(turn: Turn) -> None:
    where = await _answers(turn) or (talked_in(turn) if chatting(turn, "talk") else None)
    if where is None:
        turn.say("technician.edited", {})
    elif await remark(turn, where[0]):
        await post(turn, *where)


@known
async def _sort(turn: Turn) -> None:
    if turn.command is not None:
        await home(turn)
        return
    if turn.spot is not None:
        await take_spot(turn)
        return
    answered = await _answers(turn)
    if answered is not None:
        await post(turn, *answered)
        return
    job_id = await job_at_hand(turn)
    if job_id is None:
        turn.say("technician.job.none", {"said": True})
        return
    await _keep(turn, job_id)


async def _answers(turn: Turn) -> tuple[int, str] | None:
    """The order and the side that the replied message belongs to, if the person may see it."""
    kind, _, number = (turn.replied or "").partition(":")
    if kind != "msg" or not number.isdigit():
        return None
    try:
        row = await message(int(number))
        await access_order(turn.work.actor, row.order_id)
    except Refusal:
        return None
    return row.order_id, row.side


async def _keep(turn: Turn, job_id: int) -> None:
    """Keep what came and ask what it is. What was not sorted yet is asked about together with it; the parts of an
    album share one question."""
    facts = await my_job(turn, job_id)
    data = turn.dialogue.data
    same = turn.album is not None and turn.album == data.get("album")
    kept: dict[str, Any] = data["kept"] if turn.dialogue.step == "sort" else {"text": "", "files": []}
    text = f"{kept['text']}\n{words(turn)}".strip()
    if len(text) > chats.MAX_TEXT:
        turn.say("technician.too_long", {"limit": chats.MAX_TEXT})
    else:
        kept["text"] = text
    kept["files"] += [file.id for file in await take(turn, "job", job_id)]
    if not kept["files"] and not kept["text"]:
        return
    card = data["card"] if same else f"sort:{turn.message_id}"
    turn.dialogue.go("sort", job_id=job_id, album=turn.album, kept=kept, card=card)
    _ask(turn, card, facts["number"], job_id, kept)


def _ask(turn: Turn, card: str, number: int, job_id: int, kept: dict[str, Any]) -> None:
    told = {"number": number, "job_id": job_id, "files": len(kept["files"]), "text": kept["text"]}
    turn.say("technician.sort", told, card=card, revision=turn.message_id)


@routes.step("sort")
@menu.first
@known
async def more(turn: Turn) -> None:
    await _sort(turn)


@routes.press("sort.as")
@known
async def sorted_as(turn: Turn) -> None:
    """Extra: before, after, team, customer, comment. An old question that knew only of words is asked anew when files
    came since: in a comment they would be lost."""
    job_id, kind = pressed(turn)
    kept = turn.dialogue.data.get("kept") if turn.dialogue.step == "sort" else None
    if not kept or kind not in KINDS:
        turn.redraw("technician.sort.gone", {})
        return
    facts = await my_job(turn, job_id)
    if kind == "comment" and kept["files"]:
        _ask(turn, turn.dialogue.data["card"], facts["number"], job_id, kept)
        return
    turn.dialogue.forget()
    if kind in ("team", "customer"):
        await _post_kept(facts["number"], kind, kept)
    elif kind == "comment":
        await reports.set_comment(job_id, f"{facts['job']['comment']}\n{kept['text']}".strip())
    else:
        for file_id in kept["files"]:
            await reports.add_photo(job_id, file_id, kind, kept["text"])
    turn.redraw("technician.sorted", {**await my_job(turn, job_id), "kind": kind})


async def _post_kept(order_id: int, side: str, kept: dict[str, Any]) -> None:
    text = kept["text"]
    for file_id in kept["files"]:
        await chats.post(order_id, side, text, file_id, to_customer=side == "customer")
        text = ""
    if text:
        await chats.post(order_id, side, text, to_customer=side == "customer")
