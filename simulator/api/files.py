"""Fetching what people sent: getFile with its 20 MB limit, profile photos (nobody has one here)."""

from __future__ import annotations

from simulator.api.registry import Request, method
from simulator.errors import bad
from simulator.files import DOWNLOAD_LIMIT
from simulator.state import Json


@method("getFile")
def get_file(request: Request) -> Json:
    file_id = request.get("file_id")
    file = request.box.files.by_id(request.bot.id, file_id)
    if file.size > DOWNLOAD_LIMIT:
        raise bad("file is too big")
    path = request.box.files.remote_path(file)
    return {"file_id": file_id, "file_unique_id": f"AQAD{file.key}", "file_size": file.size, "file_path": path}


@method("getUserProfilePhotos")
def get_user_profile_photos(request: Request) -> Json:
    if request.get("user_id") not in request.box.world.people:
        raise bad("user not found")
    return {"total_count": 0, "photos": []}
