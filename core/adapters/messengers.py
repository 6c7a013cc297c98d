"""The messengers in which customers are answered, by channel, which is the scheme of the account's URL too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.adapters import max as max_messenger
from core.adapters import vk, whatsapp
from core.adapters.telephone import Account, Shape, read_account
from core.ports import Messenger, Web


@dataclass(frozen=True, slots=True)
class Vendor:
    shape: Shape
    make: Callable[[Account, Web], Messenger]


VENDORS: Mapping[str, Vendor] = {
    whatsapp.CHANNEL: Vendor(whatsapp.SHAPE, whatsapp.WhatsApp),
    max_messenger.CHANNEL: Vendor(max_messenger.SHAPE, max_messenger.Max),
    vk.CHANNEL: Vendor(vk.SHAPE, vk.Vk),
}


def check_messenger(channel: str, url: str) -> Account:
    """BadAccount where it can't be used, as far as it can be seen without asking the vendor."""
    return read_account(url, {channel: VENDORS[channel].shape})


def messenger(channel: str, url: str, web: Web) -> Messenger:
    """BadAccount."""
    return VENDORS[channel].make(check_messenger(channel, url), web)
