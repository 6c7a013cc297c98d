"""Files that people sent in a messenger: fetched by their id, outside any transaction, and kept like all others."""

import hashlib
from collections.abc import Mapping
from typing import Any

from core import ports
from core.chats import actions as chats
from core.files import actions as files
from core.files.actions import KIND_OF_MIME, Stored
from core.files.rules import MAX_BYTES
from core.kernel.actor import Actor
from core.kernel.errors import Outage, Refusal
from core.kernel.read import fetchrow
from core.kernel.words import words
from core.kernel.work import acting
from core.orders import actions as orders
from core.sources.follow.letters import writer
from core.tasks.actions import OUTSIDE, TaskRun, later, task

FETCH = "sources.media"
ATTEMPTS = 7
MOST_NAME = 64

_LOCALE = "SELECT k.locale FROM orders_orders o JOIN customers_contacts k ON k.id = o.contact_id WHERE o.id = $1"


async def bring(channel: str, file: Mapping[str, Any], order_id: int, phase: str) -> None:
    """Have the file (`id`, and its `name` if it has one) put into the order, soon: into its customer's thread (`chat`),
    or beside its words (`request`)."""
    args = {"channel": channel, "file": dict(file), "order": order_id, "phase": phase}
    await later(FETCH, args, key=_key(channel, str(file["id"]), order_id))


def _key(channel: str, media_id: str, order_id: int) -> str:
    """MAX and VK name a file by its address, which is long."""
    name = media_id if len(media_id) <= MOST_NAME else hashlib.sha256(media_id.encode()).hexdigest()
    return f"{channel}:{name}:{order_id}"


@task(FETCH, attempts=ATTEMPTS + 1, lane=OUTSIDE)
async def fetch(run: TaskRun) -> None:
    """{channel, file, order, phase}. What we don't take is told to whoever sent it, and to the team; what can't be had
    is told to the team, who may ask for it again."""
    number, name = run.args["order"], str(run.args["file"].get("name") or "")
    locale = await _locale(number)
    try:
        stored = await _bytes(run.args["channel"], str(run.args["file"]["id"]), name)
    except Refusal as refusal:
        said = words("bot", locale)
        code = f"error.{refusal.code}"
        why = said.text(code, **refusal.data) if said.has(code) else refusal.code
        text, to_customer = said.text("talk.refused", name=name or "—", why=why), True
    except Outage as outage:
        if not outage.permanent and run.attempt < ATTEMPTS:
            raise
        text, to_customer = words("bot", "ru").text("talk.lost", name=name or "—", why=outage.reason), False
    else:
        async with run.commit():
            await _keep(number, stored, run.args["phase"])
        return
    async with run.commit(), acting(Actor("system", 0, frozenset({"*"}), name="Naryad")):
        await chats.post(number, "team", text[: chats.MAX_TEXT], to_customer=to_customer)


async def _bytes(channel: str, media_id: str, name: str) -> Stored:
    messenger = ports.messenger(channel)
    if messenger is None:
        raise Outage(channel, "no account is set", permanent=True)
    return await files.put_clean(await messenger.fetch(media_id, MAX_BYTES), "document", name)


async def _keep(order_id: int, stored: Stored, phase: str) -> None:
    async with acting(await writer(order_id, "")):
        kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
        file_id = await files.store(stored, kind=kind, name=stored.name)
        if phase == "chat":
            await chats.post(order_id, "customer", "", file_id)
        else:
            await orders.attach(order_id, file_id, "request", caption=stored.name)


async def _locale(order_id: int) -> str:
    row = await fetchrow(_LOCALE, order_id)
    return str(row["locale"]) if row else "ru"
