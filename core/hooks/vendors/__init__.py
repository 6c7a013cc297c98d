"""What is written back into the system that an order came from: one module a vendor, each a pure function from what is
told to the request that tells it."""

from collections.abc import Callable, Mapping

from core.hooks.vendors import amocrm, bitrix24, calls, jira, okdesk, rest
from core.hooks.vendors.told import WriteBack
from core.ports import WebCall

Build = Callable[[WriteBack], WebCall]

VENDORS: Mapping[str, Build] = {
    "bitrix24": bitrix24.build,
    "amocrm": amocrm.build,
    "okdesk": okdesk.build,
    "jira": jira.build,
    "rest": rest.build,
    "calls": calls.build,
}
CONFIG: Mapping[str, tuple[str, ...]] = {
    "bitrix24": ("entity",),
    "amocrm": ("entity",),
    "okdesk": ("author_id",),
    "jira": ("email",),
    "rest": (),
    "calls": (*calls.PARTS, "method", "header"),
}
"""What each wants to know beside its address and its secret."""
