"""Recordings fetched from the company's own exchange, and put on an order.

A name stands in the address with its slashes encoded, without an extension; what there is none of is 404, what can't be
opened 403. Source: Asterisk, res/ari/resource_recordings.c.
"""

from base64 import b64encode
from urllib.parse import quote

from core import ports
from core.files import actions as files
from core.files.actions import KIND_OF_MIME
from core.kernel.actor import Actor
from core.kernel.errors import Outage
from core.kernel.work import acting
from core.orders import actions as orders
from core.ports import WebCall
from core.sources import actions, requests
from core.sources.queries import SourceView, short, source
from core.tasks.actions import OUTSIDE, TaskRun, later, task

FETCH = "sources.recording"
MOST = 20 << 20
PATIENCE_S = 60.0


async def fetch_later(source_id: str, name: str, order_id: int) -> None:
    """Once for an order, however often it is named."""
    args = {"source": source_id, "name": name, "order": order_id}
    await later(FETCH, args, key=requests.order_key(source_id, f"{order_id}\n{name}"))


@task(FETCH, lane=OUTSIDE)
async def fetch(run: TaskRun) -> None:
    """{source, name, order}. One that the exchange has no more, or that is too long, is final; so is what is no file of
    ours."""
    name, number = run.args["name"], run.args["order"]
    known, mark = await source(run.args["source"]), short(f"recording:{number}:{name}")
    if not await actions.remembered(known.id, [mark]):
        await _put(run, mark, await _bytes(known, name))


async def _put(run: TaskRun, mark: str, data: bytes) -> None:
    """Nothing where another task was quicker."""
    name = run.args["name"]
    stored = await files.put_clean(data, "audio", name.replace("/", "-"))
    async with run.commit(), acting(Actor("system", 0, frozenset({"*"}), name="Asterisk")):
        if await actions.first_time(run.args["source"], mark):
            kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
            file_id = await files.store(stored, kind=kind, name=stored.name)
            await orders.attach(run.args["order"], file_id, "request", caption=name[:200], public=False)


async def _bytes(known: SourceView, name: str) -> bytes:
    base = str(known.config["ari_url"]).rstrip("/")
    proof = b64encode(f"{known.config['ari_user']}:{known.secret.get('password', '')}".encode()).decode()
    url = f"{base}/recordings/stored/{quote(name, safe='')}/file"
    call = WebCall("GET", url, {"Authorization": f"Basic {proof}"}, most=MOST + 1, patience_s=PATIENCE_S)
    answer = await ports.web().call(call)
    if answer.status != 200 or len(answer.body) > MOST:
        raise Outage("ari", f"recording: status {answer.status}", permanent=answer.status in (404, 403, 200))
    return answer.body
