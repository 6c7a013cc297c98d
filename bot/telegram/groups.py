"""What happens to groups themselves: a new id, a new title, topics on or off, the bot thrown out."""

from bot.turn import Turn
from core.chats import actions as chats
from core.outbox import sending


class Groups:
    """Tells `chats` what the messenger says of a group, once per change and process."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._seen: dict[int, tuple[str, bool]] = {}

    async def seen(self, turn: Turn) -> None:
        """There is no update for "topics were switched on": each message shows it. Only dispatchers' groups matter."""
        looks = (turn.chat_title, turn.is_forum)
        if self._bot != "dispatcher" or not turn.chat_title or self._seen.get(turn.chat_id) == looks:
            return
        await chats.update_group(turn.chat_id, title=turn.chat_title[:200], is_forum=turn.is_forum)
        turn.work.on_commit(lambda: self._seen.__setitem__(turn.chat_id, looks))

    async def membership(self, turn: Turn, *, here: bool) -> None:
        if here:
            await sending.unblock(self._bot, turn.chat_id)
            return
        await sending.block(self._bot, turn.chat_id, "the bot is not in the group")
        if self._bot == "dispatcher":
            await chats.update_group(turn.chat_id, active=False)

    async def migrated(self, old: int, new: int) -> None:
        """The group became a supergroup; told twice (in the old and in the new chat) and by refused calls too."""
        if self._bot == "dispatcher":
            await chats.migrate_group(old, new)
        await sending.move_chat(self._bot, old, new)
