"""What is known of a file, and its bytes. Who may see a file is decided by whatever it is attached to."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core import ports
from core.files.models import File, UploadLink
from core.kernel import ids
from core.kernel.clock import now
from core.kernel.errors import NotFound, Refusal
from core.kernel.read import fetchval

COLUMNS = (
    *("id", "kind", "name", "mime", "size", "sha256", "width", "height"),
    *("taken_at", "taken_lat", "taken_lon", "error", "created_at"),
)


@dataclass(frozen=True, slots=True)
class FileView:
    """`sha256` None: the bytes are not here yet, or (`error` set) never will be."""

    id: int
    kind: str
    name: str
    mime: str
    size: int
    sha256: str | None
    width: int | None
    height: int | None
    taken_at: datetime | None
    taken_lat: float | None
    taken_lon: float | None
    error: str | None
    created_at: datetime

    @property
    def ready(self) -> bool:
        return self.sha256 is not None


async def file_view(file_id: int) -> FileView:
    row = await File.get_or_none(id=file_id).values(*COLUMNS)
    if row is None:
        raise NotFound("files", id=file_id)
    return FileView(**row)


async def file_views(file_ids: list[int]) -> dict[int, FileView]:
    """By id; those that don't exist are left out."""
    return {row["id"]: FileView(**row) for row in await File.filter(id__in=file_ids).values(*COLUMNS)}


async def own_file(party: str, file_id: int) -> FileView:
    """A file that this party brought; NotFound for anybody else's."""
    if not await File.exists(id=file_id, created_by=party):
        raise NotFound("files", id=file_id)
    return await file_view(file_id)


async def failed(limit: int = 100) -> list[FileView]:
    """Files whose bytes never came, the newest first."""
    rows = File.filter(sha256=None).exclude(error=None).order_by("-id").limit(limit)
    return [FileView(**row) for row in await rows.values(*COLUMNS)]


async def bytes_of(file_id: int) -> bytes:
    """The bytes. `files.not_ready` while they are under way; the row's own error when they never came; `files.lost`
    when the storage has them no more."""
    view = await _arrived(file_id)
    try:
        return await ports.storage().get(view.sha256 or "")
    except FileNotFoundError as error:
        raise Refusal("files.lost", id=file_id) from error


async def path_of(file_id: int) -> Path | None:
    """Where the bytes lie on this machine's disk; None when the storage is no disk. Refuses as `bytes_of`."""
    view = await _arrived(file_id)
    return await ports.storage().path(view.sha256 or "")


async def bot_key(file_id: int, bot: str) -> str | None:
    """By what name this bot can send the file without its bytes."""
    key: str | None = await fetchval("SELECT key FROM files_bot_copies WHERE file_id = $1 AND bot = $2", file_id, bot)
    return key


async def upload_subject(token: str) -> tuple[str, int] | None:
    """What a link that may still be used is for, `("order", 1042)`; None for one that is unknown, used or too old."""
    rows = UploadLink.filter(token_digest=ids.digest(token), used_at=None, expires_at__gt=now())
    row = await rows.first()
    return (row.purpose, row.subject_id) if row else None


async def upload_link_stands(token: str) -> bool:
    """Whether the link may still be used: to show its page."""
    rows = UploadLink.filter(token_digest=ids.digest(token), used_at=None, expires_at__gt=now())
    return bool(await rows.exists())


async def _arrived(file_id: int) -> FileView:
    view = await file_view(file_id)
    if view.sha256 is None:
        raise Refusal(view.error or "files.not_ready", id=file_id)
    return view
