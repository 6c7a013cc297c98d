"""The table of the dispatcher bot."""

from bot.routes import Routes

routes = Routes("dispatcher")
