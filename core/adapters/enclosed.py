"""Files that go with messages and come with them: a form with one file, and one that lies at an address."""

from urllib.parse import urlsplit
from uuid import uuid4

from core.adapters.telephone import Line
from core.files.rules import check_size
from core.ports import Enclosed, WebCall

FILE_S = 60.0


def form(fields: dict[str, str], part: str, file: Enclosed) -> tuple[str, bytes]:
    """Its type and its bytes, the file as `part`. The boundary is in neither."""
    boundary = f"naryad-{uuid4().hex}"
    name = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in file.name) or "file"
    head = f'Content-Disposition: form-data; name="{part}"; filename="{name}"\r\nContent-Type: {file.mime}\r\n\r\n'
    parts = [
        *(f'Content-Disposition: form-data; name="{one}"\r\n\r\n{value}'.encode() for one, value in fields.items()),
        head.encode() + file.data,
    ]
    lines = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return f"multipart/form-data; boundary={boundary}", lines + f"--{boundary}--\r\n".encode()


async def brought(line: Line, url: str, api: str, most: int) -> bytes:
    """A file that a messenger's delivery names by its address: by https, or from the `api` itself. None of our secrets
    goes along. What is gone there will never come."""
    if not _is_address(url, api):
        raise line.outage("no address of a file", permanent=True)
    call = WebCall("GET", url, {"Accept-Encoding": "identity"}, None, most + 1, FILE_S)
    found = await line.call(call)
    if found.status != 200:
        raise line.outage(f"HTTP {found.status} for a file", permanent=found.status in (403, 404, 410))
    check_size(len(found.body), most)
    return found.body


def _is_address(url: str, api: str) -> bool:
    try:
        parts, ours = urlsplit(url), urlsplit(api)
    except ValueError:
        return False
    same = (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc)
    return bool(parts.hostname) and (parts.scheme == "https" or same)
