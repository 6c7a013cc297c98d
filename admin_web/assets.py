"""Addresses of static files. Each carries the first digits of its hash, so that browsers may keep it for ever."""

import hashlib
import json
from functools import cache
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
FOREVER = "public, max-age=31536000, immutable"


@cache
def _vendor() -> dict[str, str]:
    path = VENDOR / "manifest.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


@cache
def _own(path: str, changed: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def static(path: str) -> str:
    """`/static/<path>?v=<hash>`; a missing file is a mistake of ours and raises FileNotFoundError."""
    if path.startswith("vendor/"):
        name = path.removeprefix("vendor/")
        if name not in _vendor():
            raise FileNotFoundError(f"{path}: run `make setup`")
        return f"/static/{path}?v={_vendor()[name]}"
    return f"/static/{path}?v={_own(path, (STATIC / path).stat().st_mtime_ns)}"


async def serve(request: web.Request) -> web.StreamResponse:
    """A static file, kept for ever when its address names the hash."""
    path = (STATIC / request.match_info["path"]).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise web.HTTPNotFound
    caching = FOREVER if "v" in request.query else "no-cache"
    return web.FileResponse(path, headers={"Cache-Control": caching, "X-Content-Type-Options": "nosniff"})
