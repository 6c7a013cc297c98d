"""Files of people without a messenger, piece by piece: a line that breaks costs a piece, not the photo."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.files import actions as files
from core.files.actions import KIND_OF_MIME, Stored
from core.files.rules import MAX_BYTES, check_size
from core.guests.models import GuestPiece, GuestUpload
from core.guests.rules import HOURLY_UPLOADS, MAX_FILES, PIECE
from core.kernel import ids
from core.kernel.clock import now
from core.kernel.database import pool
from core.kernel.errors import NotFound, Refusal
from core.kernel.read import fetchval
from core.kernel.work import current, work

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def begin(sender: str, name: str, size: int) -> str:
    """The token of an upload. Refusals: files.empty, files.too_large, guests.too_often."""
    w = current()
    if size <= 0:
        raise Refusal("files.empty")
    check_size(size)
    since = w.now - HOUR
    if await GuestUpload.filter(sender=sender, created_at__gt=since).count() >= HOURLY_UPLOADS:
        raise Refusal("guests.too_often")
    token = ids.token()
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200]
    await GuestUpload.create(digest=ids.digest(token), name=shown, size=size, sender=sender, created_at=w.now)
    return token


async def have(token: str) -> int:
    """How many bytes are here: where to go on."""
    row = await _found(token)
    return row.size if row.file_id else await _have(row.id)


async def put(token: str, start: int, data: bytes) -> int:
    """Take a piece; how many bytes are here now. One that does not begin where we stand changes nothing."""
    row = await _found(token, lock=True)
    here = await _have(row.id)
    if row.file_id is not None:
        return row.size
    if start != here or not data:
        return here
    if len(data) > PIECE or here + len(data) > row.size:
        raise Refusal("files.too_large", limit=MAX_BYTES)
    await GuestPiece.create(upload_id=row.id, start=start, data=data)
    return here + len(data)


async def finish(token: str, party: str) -> int | None:
    """Look at a whole upload and let it in, outside any work; the file's id, None while pieces are missing. Refuses as
    `files/rules.py` says; what was refused is forgotten, so that it may be sent anew."""
    row = await _found(token)
    if row.file_id is not None:
        return int(row.file_id)
    if await _have(row.id) < row.size:
        return None
    parts = await GuestPiece.filter(upload_id=row.id).order_by("start").values_list("data", flat=True)
    try:
        stored = await files.put_clean(b"".join(map(bytes, parts)), "document", row.name)
    except Refusal:
        async with work():
            await GuestUpload.filter(id=row.id, file_id=None).delete()
        raise
    async with work():
        return await _keep(token, stored, party)


async def _keep(token: str, stored: Stored, party: str) -> int:
    row = await _found(token, lock=True)
    if row.file_id is None:
        kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
        row.file_id = await files.store(stored, kind=kind, party=party)
        await row.save()
        await GuestPiece.filter(upload_id=row.id).delete()
    return int(row.file_id)


async def whole(tokens: Sequence[str]) -> list[int]:
    """The files of these uploads. guests.upload_unfinished: some are not whole."""
    if len(tokens) > MAX_FILES:
        raise Refusal("guests.too_many_files", limit=MAX_FILES)
    rows = [await _found(token, lock=True) for token in dict.fromkeys(tokens)]
    if any(row.file_id is None for row in rows):
        raise Refusal("guests.upload_unfinished")
    return [int(row.file_id) for row in rows if row.file_id is not None]


async def forget(before: datetime | None = None) -> None:
    """Erase what nobody finished within a day; outside any work."""
    await pool().execute("DELETE FROM guests_uploads WHERE created_at < $1", before or now() - DAY)


async def _found(token: str, *, lock: bool = False) -> GuestUpload:
    found = GuestUpload.filter(digest=ids.digest(token[:64]))
    row = await (found.select_for_update() if lock else found).first()
    if row is None:
        raise NotFound("guests.upload")
    return row


async def _have(upload_id: int) -> int:
    sql = "SELECT coalesce(sum(length(data)), 0) FROM guests_pieces WHERE upload_id = $1"
    return int(await fetchval(sql, upload_id) or 0)
