"""Bytes of photos, documents and recordings under `home/files`, and the ids bots know them by.

A file has one key in the box. A bot is shown a `file_id` made for it alone, as in Telegram: another bot's
`file_id` is refused. Photos are re-encoded in Telegram's sizes without EXIF.
"""

from __future__ import annotations

import asyncio
import base64
import io
import mimetypes
import secrets
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from simulator.errors import bad
from simulator.state import Json, StoredFile, World

SIZES = (90, 320, 800, 1280)
DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
FOLDERS = {"photo": "photos", "video": "videos", "voice": "voice", "audio": "music", "animation": "animations"}
WRONG_ID = "wrong file identifier/HTTP URL specified"


class Unreadable(Exception):
    """Not an image that can be shown as a photo."""


class Files:
    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        return self.folder / key

    def file_id(self, bot_id: int, key: str) -> str:
        return "BQAC" + base64.urlsafe_b64encode(f"{bot_id}:{key}".encode()).decode().rstrip("=")

    def by_id(self, bot_id: int, file_id: str) -> StoredFile:
        """The file behind a bot's own `file_id`."""
        if not file_id.startswith("BQAC"):
            raise bad(WRONG_ID)
        tail = file_id[4:]
        try:
            owner, _, key = base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4)).decode().partition(":")
        except ValueError:
            raise bad(WRONG_ID) from None
        if owner != str(bot_id) or key not in self.world.files:
            raise bad(WRONG_ID)
        return self.world.files[key]

    async def save(self, kind: str, data: bytes, name: str | None, mime: str | None, **facts: Any) -> StoredFile:
        """Keep bytes as they are."""
        guess = mimetypes.guess_type(name or "")[0]
        if not mime or mime == "application/octet-stream":
            mime = guess or mime or "application/octet-stream"
        file = StoredFile(key=secrets.token_urlsafe(9), kind=kind, size=len(data), mime_type=mime,
                          file_name=name, **facts)  # fmt: skip
        await asyncio.to_thread(self.path(file.key).write_bytes, data)
        self.world.files[file.key] = file
        self.world.dirty.files.add(file.key)
        return file

    async def save_photo(self, data: bytes) -> StoredFile:
        """Keep an image in Telegram's sizes, each pointing at the next smaller one; returns the largest.

        Raises Unreadable."""
        smaller: str | None = None
        for jpeg, width, height in await asyncio.to_thread(shrink, data, SIZES):
            file = await self.save("photo", jpeg, None, "image/jpeg", width=width, height=height, thumb=smaller)
            smaller = file.key
        return file

    async def save_with_thumb(
        self, kind: str, data: bytes, name: str | None, mime: str | None, **facts: int
    ) -> StoredFile:
        """Keep a file as it is; when it is an image, with a thumbnail. `facts`: width, height, duration."""
        file = await self.save(kind, data, name, mime, **facts)
        if file.mime_type.startswith("image/") and len(data) <= UPLOAD_LIMIT:
            try:
                [(jpeg, width, height)] = await asyncio.to_thread(shrink, data, (320,))
            except Unreadable:
                return file
            thumb = await self.save("photo", jpeg, None, "image/jpeg", width=width, height=height)
            file.thumb = thumb.key
        return file

    def sizes_of(self, largest: StoredFile) -> list[Json]:
        """The PhotoSize list of a photo, smallest first."""
        sizes = [largest]
        while sizes[-1].thumb:
            sizes.append(self.world.files[sizes[-1].thumb])
        return [self.photo_size(file) for file in reversed(sizes)]

    def photo_size(self, file: StoredFile) -> Json:
        return {**self._ids(file), "width": file.width, "height": file.height, "file_size": file.size}

    def media(self, file: StoredFile) -> Json:
        """The Document, Video, Voice, Audio or Animation object of a message, with box-wide keys."""
        body: Json = {**self._ids(file), "mime_type": file.mime_type, "file_size": file.size}
        if file.file_name and file.kind != "voice":
            body["file_name"] = file.file_name
        if file.kind in ("video", "animation"):
            body.update(width=file.width or 640, height=file.height or 360)
        if file.kind in ("video", "animation", "voice", "audio"):
            body["duration"] = file.duration
        if file.thumb:
            body["thumbnail"] = self.photo_size(self.world.files[file.thumb])
        return body

    def remote_path(self, file: StoredFile) -> str:
        suffix = Path(file.file_name or "").suffix or mimetypes.guess_extension(file.mime_type) or ""
        return f"{FOLDERS.get(file.kind, 'documents')}/{file.key}{suffix}"

    def _ids(self, file: StoredFile) -> Json:
        return {"file_id": file.key, "file_unique_id": f"AQAD{file.key}"}


def shrink(data: bytes, sides: tuple[int, ...]) -> list[tuple[bytes, int, int]]:
    """JPEGs whose longer side fits each of `sides`, upright, without metadata; never enlarged."""
    try:
        with Image.open(io.BytesIO(data)) as source:
            if source.width * source.height > MOST_PIXELS:
                raise Unreadable("too many pixels")
            source.draft("RGB", (sides[-1], sides[-1]))
            image = ImageOps.exif_transpose(source).convert("RGB")
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(str(error)) from error
    found: list[tuple[bytes, int, int]] = []
    for side in sides:
        copy = image.copy()
        copy.thumbnail((side, side))
        if found and copy.size == (found[-1][1], found[-1][2]):
            continue
        out = io.BytesIO()
        copy.save(out, "JPEG", quality=87)
        found.append((out.getvalue(), copy.width, copy.height))
    return found


def personal(files: Files, bot_id: int, value: Any) -> Any:
    """A message body as one bot sees it: every box-wide key becomes that bot's own `file_id`."""
    if isinstance(value, dict):
        return {
            key: files.file_id(bot_id, item) if key == "file_id" else personal(files, bot_id, item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [personal(files, bot_id, item) for item in value]
    return value
