"""The dispatcher bot: everything it answers, and how it presents itself."""

from bot.dispatcher import caller, calls, card, group, lists, outside, rota, start, thread, todo, twins
from bot.dispatcher.routes import routes
from bot.dispatcher.screens import caller as caller_screens
from bot.dispatcher.screens import calls as call_screens
from bot.dispatcher.screens import card as card_screens
from bot.dispatcher.screens import hooks as hook_screens
from bot.dispatcher.screens import lists as list_screens
from bot.dispatcher.screens import news, work
from bot.dispatcher.screens import outside as outside_screens
from bot.dispatcher.screens import rota as rota_screens
from bot.dispatcher.screens import todo as todo_screens
from bot.dispatcher.screens import twins as twin_screens
from bot.shared import screens as shared_screens
from bot.shared.profile import Profile, commands, profile

__all__ = ["COMMANDS", "PROFILE", "routes"]

PARTS = (
    *(caller, calls, card, group, lists, outside, rota, start, thread, todo, twins),
    *(
        caller_screens,
        call_screens,
        card_screens,
        hook_screens,
        list_screens,
        news,
        outside_screens,
        rota_screens,
        shared_screens,
        todo_screens,
        twin_screens,
        work,
    ),
)
COMMANDS: dict[str, list[tuple[str, str]]] = commands(
    "dispatcher", ("todo", "orders", "who", "find", "new", "admin", "bind", "language", "help")
)
PROFILE: dict[str, Profile] = profile("dispatcher")
