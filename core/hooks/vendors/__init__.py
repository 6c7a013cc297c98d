"""What is written back into the system that an order came from: one module a vendor, each a pure function from what is
told to the request that tells it, or to a talk of several."""

from collections.abc import Callable, Collection, Mapping

from core.hooks.vendors import amocrm, bitrix24, calls, hubex, jira, okdesk, rest
from core.hooks.vendors.told import Talk, WriteBack
from core.ports import WebCall

Build = Callable[[WriteBack], WebCall | Talk]

VENDORS: Mapping[str, Build] = {
    "bitrix24": bitrix24.build,
    "amocrm": amocrm.build,
    "okdesk": okdesk.build,
    "hubex": hubex.build,
    "jira": jira.build,
    "rest": rest.build,
    "calls": calls.build,
}
CONFIG: Mapping[str, tuple[str, ...]] = {
    "bitrix24": ("entity",),
    "amocrm": ("entity",),
    "okdesk": ("author_id",),
    "hubex": (),
    "jira": ("email",),
    "rest": ("files",),
    "calls": (*calls.PARTS, "method", "header"),
}
"""What each wants to know beside its address and its secret."""
CHECKS: Mapping[str, Callable[[Mapping[str, str], Collection[str]], None]] = {
    "bitrix24": bitrix24.check,
    "amocrm": amocrm.check,
    "okdesk": okdesk.check,
    "rest": rest.check,
}
"""Whose settings may be wrong for the parts that are told: a refusal at the field."""
NO: Mapping[str, Callable[[bytes], bool]] = {"bitrix24": bitrix24.is_no}
"""Who may say no with a status that says yes."""
