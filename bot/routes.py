"""Which function answers what. A bot is a table: presses by verb, commands by name, wizard steps by name, screens by
name. No chains of filters: an update finds its handler by one look-up in a dict.
"""

from collections.abc import Awaitable, Callable
from datetime import tzinfo
from typing import Any

from bot.turn import Turn
from bot.view import View

Handler = Callable[[Turn], Awaitable[None]]
Screen = Callable[[dict[str, Any], str, tzinfo], View]


class Routes:
    """The table of one bot. Registering a name twice is a mistake and stops the start."""

    def __init__(self, bot: str) -> None:
        self.bot = bot
        self.presses: dict[str, Handler] = {}
        self.commands: dict[str, Handler] = {}
        self.steps: dict[str, Handler] = {}
        self.fallback: Handler | None = None
        self.moving: Handler | None = None
        self.joined: Handler | None = None
        self.reacted: Handler | None = None

    def press(self, *verbs: str) -> Callable[[Handler], Handler]:
        """`@routes.press("offer.accept")`: a button with that verb was pressed."""
        return self._into(self.presses, verbs)

    def command(self, *names: str) -> Callable[[Handler], Handler]:
        """`@routes.command("start")`: `/start payload`; the rest of the line is `turn.args`."""
        return self._into(self.commands, names)

    def step(self, *names: str) -> Callable[[Handler], Handler]:
        """`@routes.step("new_order.words")`: a message while the dialogue stands at that step."""
        return self._into(self.steps, names)

    def otherwise(self, handler: Handler) -> Handler:
        """A message that no command and no step takes."""
        self.fallback = handler
        return handler

    def live(self, handler: Handler) -> Handler:
        """A location that moves begins: it is no answer to anything, whatever was asked."""
        self.moving = handler
        return handler

    def of_message(self, turn: Turn) -> Handler | None:
        """Who takes a new message; a step that no longer exists is left."""
        if turn.command is not None and (handler := self.commands.get(turn.command)):
            return handler
        if self.moving is not None and turn.spot is not None and turn.spot.live:
            return self.moving
        if turn.dialogue.step is not None and turn.command is None:
            if handler := self.steps.get(turn.dialogue.step):
                return handler
            turn.dialogue.forget()
        return self.fallback

    def joining(self, handler: Handler) -> Handler:
        """The bot was added to a group, or made its administrator."""
        self.joined = handler
        return handler

    def reaction(self, handler: Handler) -> Handler:
        """Somebody set or took away a reaction on one of our messages."""
        self.reacted = handler
        return handler

    def _into(self, table: dict[str, Handler], names: tuple[str, ...]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for name in names:
                if name in table:
                    raise ValueError(f"{self.bot}: {name} has a handler already")
                table[name] = handler
            return handler

        return register


SCREENS: dict[str, Screen] = {}


def screen(name: str) -> Callable[[Screen], Screen]:
    """`@screen("technician.offer")` on a pure `screen(facts, locale, zone) -> View`."""

    def register(function: Screen) -> Screen:
        if name in SCREENS:
            raise ValueError(f"screen {name} stands twice")
        SCREENS[name] = function
        return function

    return register
