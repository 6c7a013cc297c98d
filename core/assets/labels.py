"""Labels on people's photos: which machine somebody is standing at.

A code says `https://<desk>/form/<payload>`, `https://t.me/<bot>?start=q_<payload>`, or the bare payload. Reading takes
up to half a second of a core, so it is a task, and its finding an event.
"""

import asyncio
from urllib.parse import parse_qs, urlsplit

from core.assets.queries import asset_by_payload
from core.events import LabelSeen
from core.files.photos import open_photo
from core.files.queries import bytes_of
from core.kernel.errors import Refusal
from core.kernel.qr import read
from core.kernel.work import emit
from core.tasks.actions import TaskRun, later, task

PREFIX = "q_"
READ = "assets.read_label"


async def look_for_label(file_id: int) -> None:
    """Look, soon, whether there is a label of ours on this photo."""
    await later(READ, {"file_id": file_id}, key=file_id)


@task(READ)
async def read_label(run: TaskRun) -> None:
    """A photo without a code of ours is nothing to talk about, nor one whose bytes are gone."""
    file_id = run.args["file_id"]
    try:
        data = await bytes_of(file_id)
        texts = await asyncio.to_thread(lambda: read(open_photo(data)))
    except Refusal:
        return
    found = await _first(texts)
    if found is not None:
        async with run.commit():
            await emit(LabelSeen(file_id, found or None))


async def _first(texts: list[str]) -> int | None:
    """The machine of the first good label among these codes; 0 when all of ours are revoked, None when none is ours."""
    revoked = None
    for text in texts:
        try:
            return (await asset_by_payload(payload_in(text))).id
        except Refusal as refusal:
            if refusal.code == "assets.revoked":
                revoked = 0
    return revoked


def payload_in(text: str) -> str:
    """The label's payload in the text of a code; whether it is good is for the signature to say."""
    payload = text.strip()
    try:
        link = urlsplit(payload)
        if link.scheme:
            page = link.path.rpartition("/form/")[2] if "/form/" in link.path else payload
            payload = parse_qs(link.query).get("start", [page])[0]
    except ValueError:
        pass
    return payload.removeprefix(PREFIX)
