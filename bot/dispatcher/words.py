"""Words that were asked for."""

from bot.turn import Turn


def enough(turn: Turn, limit: int) -> bool:
    """Whether words came, and as many as there is room for; whoever wrote is told why not."""
    said = len(turn.text.strip())
    if not said:
        turn.say("dispatcher.note", {"key": "dispatcher.words_needed"})
    elif said > limit:
        turn.say("dispatcher.note", {"key": "dispatcher.words_long", "limit": limit})
    return 0 < said <= limit
