"""Words that were asked for."""

from bot.turn import Turn


def enough(turn: Turn, limit: int) -> bool:
    """Whether words came, and as many as there is room for; whoever wrote is told why not."""
    if not turn.text.strip():
        turn.say("dispatcher.note", {"key": "dispatcher.words_needed"})
        return False
    if turn.longer_than(limit):
        turn.say("dispatcher.note", {"key": "dispatcher.words_long", "limit": limit})
        return False
    return True
