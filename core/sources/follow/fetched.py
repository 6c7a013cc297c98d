"""Recordings fetched from the company's own exchange, and put on an order.

Of those that the dialplan makes the exchange tells nothing: one is asked for by its name when the call is over. It may
still be written then, or the call was not recorded. Source: Asterisk, res/ari/resource_recordings.c: what there is none
of is 404, what can't be opened 403; a name stands in the address with its slashes encoded, without an extension.
"""

import logging
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from core import ports
from core.files import actions as files
from core.files.actions import KIND_OF_MIME
from core.kernel.actor import Actor
from core.kernel.errors import Outage
from core.kernel.trail import note
from core.kernel.work import acting, current
from core.orders import actions as orders
from core.ports import WebCall
from core.sources import actions, requests
from core.sources.queries import SourceView, short, source
from core.tasks.actions import OUTSIDE, TaskRun, later, task

FETCH = "sources.recording"
MOST = 20 << 20
PATIENCE_S = 60.0
WAITS_S = (10, 30, 120, 600, 1800)
"""Before each time that one of the dialplan's is asked for; after the last the call was not recorded."""

log = logging.getLogger(__name__)


async def fetch_later(source_id: str, name: str, order_id: int, *, mixed: bool = False) -> None:
    """`mixed`: the dialplan may have made it. Once for an order, however often it is named."""
    args = {"source": source_id, "name": name, "order": order_id}
    key = requests.order_key(source_id, f"{order_id}\n{name}")
    if mixed:
        await _wait(args, key, 0)
    else:
        await later(FETCH, args, key=key)


async def _wait(args: dict[str, Any], key: str | None, waited: int) -> None:
    run_at = current().now + timedelta(seconds=WAITS_S[waited])
    await later(FETCH, {**args, "waited": waited}, key=key, run_at=run_at)


@task(FETCH, lane=OUTSIDE)
async def fetch(run: TaskRun) -> None:
    """{source, name, order, waited}. One that the exchange has no more, or that is too long, is final; so is what is no
    file of ours. `waited`: how often one of the dialplan's was waited for."""
    name, number, waited = run.args["name"], run.args["order"], run.args.get("waited")
    known, mark = await source(run.args["source"]), short(f"recording:{number}:{name}")
    if await actions.remembered(known.id, [mark]):
        return
    data = await _bytes(known, name)
    if waited is not None and waited + 1 < len(WAITS_S) and (data is None or _is_written(data)):
        async with run.commit():
            await _wait(run.args, run.key, waited + 1)
    elif data is not None:
        await _put(run, mark, data)
    elif waited is not None:
        note(order=number)
        log.info("a call was not recorded", extra={"source": known.id})
    else:
        raise Outage("ari", "recording: status 404", permanent=True)


def _is_written(data: bytes) -> bool:
    """Asterisk says how long a WAV is when it closes it."""
    return data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 9 < len(data)


async def _put(run: TaskRun, mark: str, data: bytes) -> None:
    """Nothing where another task was quicker."""
    name = run.args["name"]
    stored = await files.put_clean(data, "audio", name.replace("/", "-"))
    async with run.commit(), acting(Actor("system", 0, frozenset({"*"}), name="Asterisk")):
        if await actions.first_time(run.args["source"], mark):
            kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
            file_id = await files.store(stored, kind=kind, name=stored.name)
            await orders.attach(run.args["order"], file_id, "request", caption=name[:200], public=False)


async def _bytes(known: SourceView, name: str) -> bytes | None:
    """None where there is no such recording."""
    base = str(known.config["ari_url"]).rstrip("/")
    proof = b64encode(f"{known.config['ari_user']}:{known.secret.get('password', '')}".encode()).decode()
    url = f"{base}/recordings/stored/{quote(name, safe='')}/file"
    call = WebCall("GET", url, {"Authorization": f"Basic {proof}"}, most=MOST + 1, patience_s=PATIENCE_S)
    answer = await ports.web().call(call)
    if answer.status == 404:
        return None
    if answer.status != 200 or len(answer.body) > MOST:
        raise Outage("ari", f"recording: status {answer.status}", permanent=answer.status in (403, 200))
    return answer.body
