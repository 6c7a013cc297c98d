"""What follows when two orders may be one trouble, become one, and are parted again: PairChanged, OrderMerged and
OrderUnmerged."""

from core.chats import actions as chats
from core.kernel.actor import contact, member
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox.models import Notice
from core.twins import actions as twins
from core.twins.models import Pair
from tests.world import World


async def told(party: str) -> list[str]:
    return [row.screen for row in await Notice.filter(party=party).order_by("id")]


async def test_all_concerned_hear_of_it_once(world: World) -> None:
    olga, boss = await world.actor(contact(world.olga)), await world.actor(member(world.dispatcher))
    async with work(boss):
        group = await chats.bind_group(-1001, "Диспетчерская", True)
    made = []
    for words in ("Витрина не холодит", "Опять витрина не холодит, тает молоко"):
        async with work(olga):
            place = {"customer_id": world.azbuka, "site_id": world.arbat, "contact_id": world.olga}
            made.append(await orders.create(words=words, source="telegram", **place))
    first, second = made
    asked = await Notice.get(screen="dispatcher.twins")
    assert (asked.party, asked.facts["order"]["number"], asked.facts["other"]["number"]) == (
        f"group:{group}", second, first
    )  # fmt: skip
    pair = await Pair.get(older_id=first, newer_id=second)
    async with work(boss):
        await orders.assign((await Job.get(order_id=second)).id, world.pyotr)
    async with work(boss):
        await twins.merge_pair(pair.id)
    assert (await told(contact(world.olga))).count("customer.merged") == 1
    assert "customer.cancelled" not in await told(contact(world.olga))
    lost = await Notice.get(screen="technician.cancelled")
    assert (lost.party, lost.facts["reason"]) == (member(world.pyotr), f"→ № {first}")
    alert = await Notice.get(screen="dispatcher.alert", facts__contains={"kind": "absorbed"})
    assert (alert.facts["order"]["number"], alert.facts["number"]) == (first, second)
    answer = await Notice.filter(screen="dispatcher.twins").order_by("-id").first()
    assert answer is not None
    assert (answer.facts["state"], answer.facts["who"]) == ("merged", boss.name)
    async with work(boss):
        await twins.unmerge(second)
    assert (await told(contact(world.olga))).count("customer.unmerged") == 1
