"""The dispatcher bot: everything it answers, and how it presents itself."""

from bot.dispatcher import caller, card, group, lists, start, thread
from bot.dispatcher.routes import routes
from bot.dispatcher.screens import caller as caller_screens
from bot.dispatcher.screens import card as card_screens
from bot.dispatcher.screens import lists as list_screens
from bot.dispatcher.screens import news, work
from core.kernel.words import LOCALES, words

__all__ = ["COMMANDS", "routes"]

PARTS = (caller, card, group, lists, start, thread, caller_screens, card_screens, list_screens, news, work)
NAMES = ("orders", "who", "find", "new", "admin", "bind", "language", "help")
COMMANDS = {
    locale: [(name, words("bot", locale).text(f"dispatcher.command.{name}")) for name in NAMES] for locale in LOCALES
}
