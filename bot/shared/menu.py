"""The big buttons under the input field. They send their label as text, so labels are looked up before anything else
is made of a message."""

from collections.abc import Callable
from functools import cached_property, wraps

from bot.routes import Handler
from bot.turn import Turn
from core.kernel.words import LOCALES, words


class Menu:
    """Labels of one bot's reply keyboard and what they do, in every language at once: a keyboard that was sent before
    the person changed the language still works."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def item(self, key: str) -> Callable[[Handler], Handler]:
        """`@menu.item("customer.menu.new")`: the button with that label."""

        def register(handler: Handler) -> Handler:
            self._handlers[key] = handler
            return handler

        return register

    def first(self, handler: Handler) -> Handler:
        """A step or a fallback that steps aside for the menu's buttons."""

        @wraps(handler)
        async def guarded(turn: Turn) -> None:
            await (self._labels.get(turn.text.strip()) or handler)(turn)

        return guarded

    @cached_property
    def _labels(self) -> dict[str, Handler]:
        return {
            words("bot", locale).text(key): handler for locale in LOCALES for key, handler in self._handlers.items()
        }
