"""The steps of 1C's exchange that need what came before: pieces become files, files become orders, orders are told and
then marked as taken. What 1C is answered with success is committed.

1C asks for an import of a packed file and of a catalogue; of orders some of its configurations do, others only upload
them. So a file of orders is taken as soon as it is whole, and asked for again it is no mistake. Each document becomes a
delivery of its own, kept under its Ид and its words: a copy of the newest is nothing, a changed one is news of its
order, also when it is again as it once was.
"""

import asyncio

from core.company.queries import company
from core.inbox.actions import Arrival
from core.inbox.queries import newest_of
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.words import words
from core.kernel.work import work
from core.overview.exchange import OURS, to_be_taken
from core.sources import exchange
from core.sources.kept import Kept, inbox_of, pack
from core.sources.queries import SourceView, short
from webhooks.commerceml import orders
from webhooks.commerceml.documents import NAME, Document, documents
from webhooks.commerceml.files import begins, holds, is_whole, opened
from webhooks.intake import Intake
from webhooks.lanes import lane_of
from webhooks.request import Malformed, Request
from webhooks.vendors.onec_commerceml import failure, session_of
from webhooks.verdict import Outcome, process

SALE = "sale"
DONE = process(response=("text/plain", "success"))
MOST_TOLD = 5
NOT_HERE = "only orders are exchanged here: turn the exchange of goods off"


async def answer(intake: Intake, source: SourceView, request: Request, outcome: Outcome) -> Outcome:
    """One step that was judged valid."""
    asked, session = dict(request.query), session_of(request)
    name = asked.get("filename", "")
    if asked.get("type") != SALE:
        return failure(400, NOT_HERE)
    try:
        match asked.get("mode"):
            case "file":
                return await _piece(intake, source, session, name, request)
            case "import":
                return await _import(intake, source, session, name)
            case "query":
                return await _told(source, session)
            case "success":
                async with work():
                    await exchange.taken(source.id, session, OURS)
                return DONE
            case _:
                return failure(400, NOT_HERE)
    except Malformed as error:
        return failure(error.http_status, error.reason)
    except Refusal as refusal:
        return failure(507, refusal.code)


async def _piece(intake: Intake, source: SourceView, session: str, name: str, request: Request) -> Outcome:
    piece = request.content()
    async with work():
        await exchange.put(source.id, session, name, piece, anew=begins(piece))
        data = await exchange.whole(source.id, session, name) or b""
    if not await asyncio.to_thread(is_whole, data):
        return DONE
    return await _take(intake, source, session, name, data)


async def _import(intake: Intake, source: SourceView, session: str, name: str) -> Outcome:
    """The file of this name, or the archive of the same conversation in which one is."""
    was_taken = False
    async with work():
        names = await exchange.files(source.id, session)
    for one in [name] if name in names else names:
        async with work():
            data = await exchange.whole(source.id, session, one)
        if data and (one == name or await asyncio.to_thread(holds, data, name)):
            return await _take(intake, source, session, one, data)
        was_taken = was_taken or data == b""
    return DONE if was_taken else failure(404, "no such file in this session")


async def _take(intake: Intake, source: SourceView, session: str, name: str, data: bytes) -> Outcome:
    """Commit each document as a delivery, then forget the bytes. What some of them lack is told when the others are
    committed; the file waits, and may be asked for again."""
    found, bad = await asyncio.to_thread(_read, source, name, data)
    arrivals = await _news(source, found)
    await asyncio.gather(*(intake.take(source.id, arrival) for arrival in arrivals))
    if bad:
        return failure(422, "; ".join(bad[:MOST_TOLD]))
    async with work():
        await exchange.file_taken(source.id, session, name)
    return DONE


async def _news(source: SourceView, found: list[Arrival]) -> list[Arrival]:
    """Those that say something else than the newest of their document that is kept. What a document says may return:
    then its key says after what."""
    newest = await newest_of(inbox_of(source.id), {key[:NAME] for key, _, _ in found}, NAME)
    fresh = []
    for key, lane, body in found:
        delivery_id, last = newest.get(key[:NAME], (0, ""))
        if last != key and not last.startswith(f"{key}:"):
            fresh.append((f"{key}:{delivery_id}" if last else key, lane, body))
    return fresh


def _read(source: SourceView, name: str, data: bytes) -> tuple[list[Arrival], list[str]]:
    """All of a file before any of it is kept: half a file is not taken. Deliveries, and why some documents are none."""
    arrivals: list[Arrival] = []
    bad: list[str] = []
    for inner, text in opened(name, data):
        for one in documents(text):
            if isinstance(one, Document):
                arrivals.append(_arrival(source, inner, one))
            else:
                bad.append(one)
    return arrivals, bad


def _arrival(source: SourceView, name: str, one: Document) -> Arrival:
    kept = Kept("1C", f"file:{name}", (), one.body, "process", now(), "", one.normalized)
    key = short(one.key)
    return key, lane_of(one.normalized, key), pack(source.id, kept)


async def _told(source: SourceView, session: str) -> Outcome:
    """Our orders that it has not taken as they are now. Nothing is marked until it says `success`."""
    known = await company()
    async with work() as w:
        found = await to_be_taken(source.id, everything=bool(source.config.get("exchange_all")))
        await exchange.offer(source.id, session, {order.id: order.revision for order in found})
    charset = str(source.config.get("exchange_charset") or orders.CHARSETS[0])
    said = await asyncio.to_thread(orders.written, found, w.now, known.tz, words("admin", known.locale), charset)
    return process(response=(f"application/xml; charset={charset}", said.decode(charset)))
