"""Recordings of calls on the company's own exchange: fetched when the call is an order, and put beside its words."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from core import ports
from core.files import actions as files
from core.files.actions import KIND_OF_MIME
from core.kernel.actor import Actor
from core.kernel.errors import Outage
from core.kernel.work import acting
from core.orders import actions as orders
from core.ports import WebCall
from core.sources import requests
from core.sources.follow.result import Result
from core.sources.queries import SourceView, source
from core.tasks.actions import OUTSIDE, TaskRun, later, task

FETCH = "sources.recording"
KINDS = ("asterisk-ari",)
"""Kinds whose recordings we fetch."""
MOST = 20 << 20
PATIENCE_S = 60.0
MOST_RECORDINGS = 20


async def follow(source: SourceView, event: Mapping[str, Any]) -> Result:
    """Its name waits with the call for the order; of a call that is one it is fetched."""
    name, call = str(event.get("recording_id") or ""), str(event.get("call_id") or "")
    if source.kind not in KINDS or event.get("event") != "recording.ready" or not name or not call:
        return Result("nothing")
    row = await requests.request_of(source.id, f"call:{call}")
    if row is None:
        return Result("nothing")
    if row.state == "done":
        if row.order_id:
            await fetch_later(source.id, name, row.order_id)
        return Result("call", row.order_id)
    known = [one for one in row.facts.get("recordings") or [] if one != name]
    await requests.remember(row.id, {"recordings": [*known, name][-MOST_RECORDINGS:]})
    return Result("call")


async def fetch_later(source_id: str, name: str, order_id: int) -> None:
    args = {"source": source_id, "name": name, "order": order_id}
    await later(FETCH, args, key=requests.order_key(source_id, name))


@task(FETCH, lane=OUTSIDE)
async def fetch(run: TaskRun) -> None:
    """{source, name, order}. One that the exchange has no more, or that is too long, is final; so is what is no file of
    ours."""
    name, number = run.args["name"], run.args["order"]
    data = await _bytes(await source(run.args["source"]), name)
    stored = await files.put_clean(data, "audio", name.replace("/", "-"))
    async with run.commit(), acting(Actor("system", 0, frozenset({"*"}), name="Asterisk")):
        kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
        file_id = await files.store(stored, kind=kind, name=stored.name)
        await orders.attach(number, file_id, "request", caption=name[:200], public=False)


async def _bytes(known: SourceView, name: str) -> bytes:
    base = str(known.config["ari_url"]).rstrip("/")
    proof = b64encode(f"{known.config['ari_user']}:{known.secret.get('password', '')}".encode()).decode()
    url = f"{base}/recordings/stored/{quote(name, safe='')}/file"
    call = WebCall("GET", url, {"Authorization": f"Basic {proof}"}, most=MOST + 1, patience_s=PATIENCE_S)
    answer = await ports.web().call(call)
    if answer.status != 200 or len(answer.body) > MOST:
        gone = answer.status in (404, 403) or answer.status == 200
        raise Outage("ari", f"recording: status {answer.status}", permanent=gone)
    return answer.body
