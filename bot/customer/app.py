"""The customer bot as a whole: importing this fills `routes` and `SCREENS`."""

from bot.customer import (
    anything,
    changes,
    chat,
    label,
    my_orders,
    new_order,
    new_order_presses,
    rate,
    settings,
    sign,
    slot,
    start,
)
from bot.customer.routes import routes
from bot.customer.screens import label as label_screens
from bot.customer.screens import new_order as new_order_screens
from bot.customer.screens import notices, orders
from bot.customer.screens import sign as sign_screens
from bot.customer.screens import slot as slot_screens
from bot.customer.screens import start as start_screens
from bot.shared import screens as shared_screens
from bot.shared.profile import Profile, commands, profile

COMMANDS: dict[str, list[tuple[str, str]]] = commands("customer", ("new", "orders", "settings", "help"))
PROFILE: dict[str, Profile] = profile("customer")

__all__ = [
    "COMMANDS",
    "PROFILE",
    "anything",
    "changes",
    "chat",
    "label",
    "label_screens",
    "my_orders",
    "new_order",
    "new_order_presses",
    "new_order_screens",
    "notices",
    "orders",
    "rate",
    "routes",
    "settings",
    "shared_screens",
    "sign",
    "sign_screens",
    "slot",
    "slot_screens",
    "start",
    "start_screens",
]
