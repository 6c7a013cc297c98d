"""What follows when a call, a message or an unfinished order waits for a dispatcher."""

from datetime import timedelta

from core.events import RequestChanged, RequestOverdue, SourceDeaf
from core.kernel.work import work
from core.outbox.models import Notice
from core.sources import actions as sources
from core.sources import requests
from core.sources.models import Poll
from tests.reactions.ground import Ground

CARD = "told group dispatcher.request"


async def _request(ground: Ground) -> int:
    """A missed call that somebody has to return."""
    async with work(await ground.actor("admin")) as w:
        await sources.add_source("pbx", "zadarma", "АТС", {"api_secret": "made up"})
        return await requests.ask("pbx", "c1", "call", "missed", "+79161000001", due_at=w.now + timedelta(minutes=15))


async def test_its_card_is_brought_up_to_date(ground: Ground) -> None:
    number = await _request(ground)
    await ground.forget("outbox_notices")
    assert await ground.after(RequestChanged(number)) == {CARD}
    assert await Notice.filter(screen="dispatcher.request", card=f"request:{number}").exists()


async def test_a_call_that_was_not_returned_is_heard(ground: Ground) -> None:
    """A message of its own, beside the card."""
    number = await _request(ground)
    await ground.forget("outbox_notices")
    assert await ground.after(RequestOverdue(number)) == {CARD}
    assert await Notice.filter(screen="dispatcher.request", card=None).exists()


async def test_a_system_that_does_not_answer_is_told_to_the_group(ground: Ground) -> None:
    async with work(await ground.actor("admin")):
        await sources.add_source("pbx", "zadarma", "АТС", {"api_secret": "made up"})
        await Poll.create(source_id="pbx", trouble="theirs", failures=3, place={}, facts={})
    assert await ground.after(SourceDeaf("pbx")) == {"told group dispatcher.source_poll"}
    notice = await Notice.get(screen="dispatcher.source_poll")
    assert (notice.facts["name"], notice.facts["why"], notice.facts["times"], notice.facts["back"]) == (
        "АТС", "theirs", 3, False,
    )  # fmt: skip
    assert await ground.after(SourceDeaf("nobody knows it")) == set()
