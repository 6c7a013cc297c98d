"""Where an update happened and who brought it: every update begins with this question, so it is one."""

from core.inbox.queries import SCENE, Scene, scene_of
from core.kernel.actor import Actor
from core.kernel.work import Work
from core.people.queries import ACTOR, actor_from, bots_of

_MEETING = f"""
SELECT * FROM ({SCENE}) here LEFT JOIN ({ACTOR.format(bot="$1", user="$3", bots="$6")}) who ON true
"""


async def meeting(
    w: Work, bot: str, chat_id: int, user_id: int, thread_id: int | None = None, reply_to: int | None = None
) -> tuple[Scene, Actor | None]:
    """What `inbox.queries.scene` and `people.queries.actor_for` say; the actor is None for a stranger or someone who
    left."""
    row = await w.fetchrow(_MEETING, bot, chat_id, user_id, thread_id, reply_to, bots_of(bot))
    return scene_of(row, w.now), actor_from(row)
