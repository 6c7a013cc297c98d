"""A file as a browser gets it. What a browser might run is never shown, only handed out."""

import asyncio
from urllib.parse import quote

from aiohttp import web

from core.files.photos import thumbnail
from core.files.queries import FileView, bytes_of, path_of

SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"),
        *("video/mp4", "video/webm", "video/quicktime", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/wav"),
    }
)
KEPT = "private, max-age=3600"
SIDE = 320


async def file_answer(request: web.Request, view: FileView) -> web.StreamResponse:
    """The bytes; `?small` a thumbnail of a photo, sent as one or as a file. The answer runs nothing and is of the type
    that the bytes are."""
    if "small" in request.query and _is_picture(view) and view.sha256:
        made = await asyncio.to_thread(thumbnail, await bytes_of(view.id), SIDE)
        return web.Response(body=made, headers={**_headers(view, "inline"), "Content-Type": "image/jpeg"})
    shown = view.mime in SHOWN
    headers = _headers(view, "inline" if shown else "attachment")
    headers["Content-Type"] = view.mime if shown else "application/octet-stream"
    path = await path_of(view.id)
    if path is None:
        return _from_memory(request, await bytes_of(view.id), headers)
    return web.FileResponse(path, headers=headers)


def _from_memory(request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
    """A part where a player asks for one: else nobody could seek in a video."""
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    start, stop, _ = wanted.indices(len(data))
    if start >= stop or (start, stop) == (0, len(data)):
        return web.Response(body=data, headers={**headers, "Accept-Ranges": "bytes"})
    part = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
    return web.Response(status=206, body=data[start:stop], headers={**headers, **part})


def _is_picture(view: FileView) -> bool:
    """Whatever a photo was sent as, it is a JPEG here."""
    return view.kind in ("photo", "signature") or view.mime == "image/jpeg"


def _headers(view: FileView, how: str) -> dict[str, str]:
    name = quote(view.name or f"{view.kind}-{view.id}", safe="")
    policy = "default-src 'none'; object-src 'none'; frame-ancestors 'none'"
    return {
        "Content-Disposition": f"{how}; filename*=UTF-8''{name}",
        "Content-Security-Policy": policy if view.mime == "application/pdf" else f"{policy}; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": KEPT,
    }
