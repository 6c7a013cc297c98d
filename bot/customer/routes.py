"""The table of the customer bot, and the buttons under its input field."""

from bot.routes import Routes
from bot.shared.menu import Menu

routes = Routes("customer")
menu = Menu()
