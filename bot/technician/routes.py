"""The table of the technician bot, and the buttons under its input field."""

from bot.routes import Routes
from bot.shared.menu import Menu

routes = Routes("technician")
menu = Menu()
