"""Tell the dispatchers that somebody can't be reached."""

from collections.abc import Iterable

from core.chats.queries import groups
from core.kernel.actor import group
from core.outbox.actions import tell
from core.people.queries import actor_of


async def unreachable(bot: str, parties: Iterable[str], reason: str) -> None:
    """Queue an alert in every dispatch group that can still be reached, in the running work."""
    out_of_reach = set(parties)
    people = [party for party in out_of_reach if party.startswith(("member:", "contact:"))]
    actors = [await actor_of(party, bot) for party in sorted(people)]
    names = ", ".join(actor.name for actor in actors if actor and actor.name)
    if not names:
        return
    for one in await groups():
        if group(one.id) not in out_of_reach:
            facts = {"kind": "unreachable", "who": names, "reason": reason}
            tell(group(one.id), "dispatcher", "dispatcher.alert", facts)
