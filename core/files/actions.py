"""Files come in: announced by a messenger and fetched later, uploaded by a link, or made by the desk itself.

announce (a row, at once) -> task files.fetch -> clean -> storage -> keep; or an error code on the row, which people
see where the file would be: files.type_not_allowed, files.not_an_image, files.bomb, files.empty, files.too_large,
files.gone (the messenger has it no more), files.unreachable (it could not be asked for an hour).
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import ports
from core.events import FileFailed, FileKept, FileUploaded
from core.files.models import File
from core.files.photos import clean_photo
from core.files.rules import JPEG, MAX_BYTES, check, check_size, safe_name
from core.kernel import ids
from core.kernel.errors import NotFound, Outage, Refusal
from core.kernel.failpoints import hit
from core.kernel.read import fetchval
from core.kernel.work import current, emit
from core.tasks.actions import TaskRun, later, task

KINDS = ("photo", "video", "voice", "audio", "document", "signature", "act")
FETCH_ATTEMPTS = 10
LINK_LIFE = timedelta(days=2)
MAX_UPLOAD = 100 * 1024 * 1024
PURPOSES = ("draft", "order", "job", "before", "after", "chat.customer", "chat.team")
KIND_OF_MIME = {"image": "photo", "video": "video", "audio": "audio"}
MIME_OF_KIND = {"photo": "image/jpeg", "signature": "image/png", "act": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that lie in the storage, and what is known of them. `taken_*` are what a camera claims."""

    sha256: str
    size: int
    mime: str = ""
    name: str = ""
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    taken_lat: float | None = None
    taken_lon: float | None = None


_ANNOUNCE = """
WITH file AS (
  INSERT INTO files_files (kind, name, mime, size, origin, origin_id, created_by, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
), copy AS (INSERT INTO files_bot_copies (file_id, bot, key) SELECT id, $5, $6 FROM file)
SELECT id FROM file
"""


async def announce(kind: str, bot: str, key: str, size: int = 0, name: str = "", mime: str = "") -> int:
    """A bot was sent a file: it has a row from now on, its bytes come later. `size` 0: unknown.

    `files.too_large` for more than the 20 MB that a bot can download: offer an upload link instead.
    """
    w = current()
    if kind not in KINDS:
        raise Refusal("files.unknown_kind", kind=kind)
    if size:
        check_size(size)
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200]
    row = await w.fetchrow(_ANNOUNCE, kind, shown, mime[:100], size, bot, key, w.actor.party, w.now)
    assert row is not None
    await later("files.fetch", {"file_id": row["id"]}, key=row["id"])
    return int(row["id"])


async def put_bytes(data: bytes) -> Stored:
    """Store bytes as they are: outside a work, before `store` tells of them. Those that no row names do no harm."""
    sha256 = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
    await ports.storage().put(sha256, data)
    return Stored(sha256, len(data))


async def put_clean(data: bytes, kind: str, name: str = "", limit: int = MAX_BYTES) -> Stored:
    """Look what came in, make a photo anew, store it: outside a work. Refuses as `files/rules.py` says."""
    found = await asyncio.to_thread(check, data, limit=limit)
    if found.kind != "photo":
        if kind == "photo":
            raise Refusal("files.not_an_image")
        kept = await put_bytes(data)
        return Stored(kept.sha256, kept.size, found.mime, safe_name(name, found) if name else "")
    zone = ZoneInfo(await fetchval("SELECT zone FROM company_company") or "Europe/Moscow")
    photo = await asyncio.to_thread(clean_photo, data, zone=zone, limit=limit)
    kept = await put_bytes(photo.jpeg)
    return Stored(
        kept.sha256,
        kept.size,
        "image/jpeg",
        safe_name(name.rpartition(".")[0] or name, JPEG) if name else "",
        photo.width,
        photo.height,
        photo.exif_taken_at,
        photo.exif_lat,
        photo.exif_lon,
    )


async def store(stored: Stored, *, kind: str, name: str = "", mime: str = "", party: str | None = None) -> int:
    """A row for bytes that lie in the storage already. The file's id. `party` brought it (None: who acts)."""
    w = current()
    if kind not in KINDS:
        raise Refusal("files.unknown_kind", kind=kind)
    row = await File.create(
        kind=kind,
        name=(name or stored.name)[:200],
        mime=mime or stored.mime or MIME_OF_KIND.get(kind, "application/octet-stream"),
        size=stored.size,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
        taken_at=stored.taken_at,
        taken_lat=stored.taken_lat,
        taken_lon=stored.taken_lon,
        created_by=party or w.actor.party,
        created_at=w.now,
    )
    return int(row.id)


async def store_once(stored: Stored, *, kind: str, name: str = "") -> int:
    """As `store`, for what the desk makes itself and may make again: the same bytes keep the row that they have."""
    party = current().actor.party
    row = await File.filter(sha256=stored.sha256, kind=kind, created_by=party).order_by("id").first()
    return int(row.id) if row else await store(stored, kind=kind, name=name)


async def keep(file_id: int, stored: Stored) -> None:
    """The announced bytes are here. A second time changes nothing."""
    row = await File.get_or_none(id=file_id)
    if row is None:
        raise NotFound("files")
    changed = await File.filter(id=file_id, sha256=None).update(
        sha256=stored.sha256,
        size=stored.size,
        mime=stored.mime or row.mime,
        name=stored.name or row.name,
        width=stored.width,
        height=stored.height,
        taken_at=stored.taken_at,
        taken_lat=stored.taken_lat,
        taken_lon=stored.taken_lon,
        error=None,
    )
    if changed:
        await emit(FileKept(file_id))


async def fail(file_id: int, code: str) -> None:
    """The bytes will not come; `code` says why."""
    if await File.filter(id=file_id, sha256=None).update(error=code):
        await emit(FileFailed(file_id))


@task("files.fetch", attempts=FETCH_ATTEMPTS)
async def fetch(run: TaskRun) -> None:
    """Bring the bytes of an announced file; an outage is tried again, then told on the row."""
    row = await File.get_or_none(id=run.args["file_id"])
    if row is None or row.sha256 is not None:
        return
    try:
        data = await ports.telegram().download(row.origin or "", row.origin_id or "")
        stored = await put_clean(data, row.kind, row.name)
        hit("files.stored")
    except Refusal as refusal:
        code = refusal.code
    except Outage as outage:
        if not outage.permanent and run.attempt < FETCH_ATTEMPTS:
            raise
        code = "files.gone" if outage.permanent else "files.unreachable"
    else:
        async with run.commit():
            await keep(row.id, stored)
        return
    async with run.commit():
        await fail(row.id, code)


async def fetch_again(file_id: int) -> None:
    """Try once more for a file that could not be had."""
    current().actor.require("plumbing.retry")
    if await File.filter(id=file_id, sha256=None).exclude(origin=None).update(error=None):
        await later("files.fetch", {"file_id": file_id}, key=file_id)


async def remember_bot_key(file_id: int, bot: str, key: str) -> None:
    """A bot has sent the file: next time it needs no bytes."""
    await current().execute(
        "INSERT INTO files_bot_copies (file_id, bot, key) VALUES ($1, $2, $3)"
        " ON CONFLICT (file_id, bot) DO UPDATE SET key = excluded.key",
        *(file_id, bot, key),
    )


async def forget_bot_key(file_id: int, bot: str) -> None:
    """The messenger does not know this copy any more."""
    sql = "DELETE FROM files_bot_copies WHERE file_id = $1 AND bot = $2"
    await current().execute(sql, file_id, bot)


async def issue_upload_link(purpose: str, subject_id: int) -> str:
    """The token of a one-time page, good for two days, where the present actor uploads what a messenger can't carry.
    `purpose` is one of PURPOSES and says what becomes of the file: it goes into the order that is being drafted
    (`subject_id` is the draft's number), to an order, to a job (as proof, or before or after the work), or into one of
    an order's threads."""
    if purpose not in PURPOSES:
        raise ValueError(purpose)
    w = current()
    token = ids.token()
    await w.execute(
        "INSERT INTO files_upload_links (token_digest, purpose, subject_id, party, expires_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        *(ids.digest(token), purpose, subject_id, w.actor.party, w.now + LINK_LIFE),
    )
    return token


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """What a link was given for, and to whom."""

    purpose: str
    subject_id: int
    party: str


async def redeem_upload_link(token: str) -> UploadTicket:
    """Use the link, in the work that stores the file. `files.bad_link`: unknown, used or too old."""
    row = await current().fetchrow(
        "WITH used AS (UPDATE files_upload_links SET used_at = $2 WHERE token_digest = $1 AND used_at IS NULL"
        " AND expires_at > $2 RETURNING purpose, subject_id, party) SELECT * FROM used",
        *(ids.digest(token), current().now),
    )
    if row is None:
        raise Refusal("files.bad_link")
    return UploadTicket(row["purpose"], row["subject_id"], row["party"])


async def take_upload(token: str, stored: Stored) -> None:
    """Use the link: the file has its row and is where the link was for (`reactions/files.py`), all or nothing.

    `files.bad_link` also when who was given it is known no more; NotFound when they see the order no more.
    """
    ticket = await redeem_upload_link(token)
    kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
    file_id = await store(stored, kind=kind, party=ticket.party)
    await emit(FileUploaded(file_id, ticket.purpose, ticket.subject_id, ticket.party))
