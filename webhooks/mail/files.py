"""The files of a letter that came by a mailbox or a listener, kept like all others: opened outside any transaction."""

from collections.abc import Iterator

from core.chats import actions as chats
from core.files import actions as files
from core.files.actions import KIND_OF_MIME, Stored
from core.kernel.actor import Actor
from core.kernel.errors import Refusal
from core.kernel.words import words
from core.kernel.work import acting
from core.orders import actions as orders
from core.sources.follow.letters import ATTACH, writer
from core.sources.queries import kept_of
from core.tasks.actions import TaskRun, task
from webhooks.mail.letter import Part, TooComplex, open_letter
from webhooks.mail.text import safe_name
from webhooks.mail.words import body_bytes

MOST_FILES = 30


@task(ATTACH)
async def attach(run: TaskRun) -> None:
    """{source, key, order, phase}: into the order's thread (`chat`), or beside its words (`request`). What we don't
    take is told to the team."""
    kept = await kept_of(run.args["source"], run.args["key"])
    if kept is None:
        return
    stored: list[tuple[str, Stored]] = []
    refused: list[str] = []
    left: list[str] = []
    said = words("bot", "ru")
    for n, (name, data) in enumerate(files_of(kept.body)):
        if n >= MOST_FILES:
            left.append(name)
            continue
        try:
            stored.append((name, await files.put_clean(data, "document", name)))
        except Refusal as refusal:
            code = f"error.{refusal.code}"
            refused.append(f"{name}: {said.text(code, **refusal.data) if said.has(code) else refusal.code}")
    if left:
        refused.insert(0, said.text("letter.left_out", limit=MOST_FILES, names=", ".join(left)))
    number = run.args["order"]
    async with run.commit(), acting(await writer(number, str(kept.normalized.get("from") or ""))):
        for name, one in stored:
            file_id = await files.store(
                one, kind=KIND_OF_MIME.get(one.mime.partition("/")[0], "document"), name=one.name
            )
            if run.args["phase"] == "chat":
                await chats.post(number, "customer", "", file_id)
            else:
                await orders.attach(number, file_id, "request", caption=name[:200])
        if refused:
            async with acting(Actor("system", 0, frozenset({"*"}), name="Naryad")):
                await chats.post(number, "team", "\n".join(refused)[: chats.MAX_TEXT])


def files_of(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file; pictures inside the words among them, enclosed letters not."""
    try:
        letter = open_letter(raw)
    except TooComplex:
        return
    for part in _leaves(letter):
        data = body_bytes(part.body, part.first("Content-Transfer-Encoding").lower()) if part.is_file else b""
        if data:
            yield safe_name(part.filename or ""), data


def _leaves(part: Part) -> Iterator[Part]:
    if part.type.startswith("message/"):
        return
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)
