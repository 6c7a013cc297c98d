"""What a stranger may send us, how often, and how we tell a person from a robot without asking anybody else. Pure."""

import ipaddress
from dataclasses import dataclass

from core.kernel.errors import Refusal
from core.kernel.ids import keys
from core.orders.rules import MAX_ADDRESS

STAMP = "form"
FOLLOW = "follow link"
FASTEST_S, LONGEST_S = 3, 6 * 3600
MAX_WORDS, MAX_FILES = 4000, 10
PIECE = 256 * 1024
HOURLY_FLOOD = 300
HOURLY_UPLOADS = 60
KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Form:
    """What a page sent. `key` is the page's own name of this sending; `sender` from `sender_of`; `payload` a machine's
    label; `uploads` their tokens. Degrees; both or none."""

    key: str
    sender: str
    name: str
    words: str
    phone: str = ""
    email: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    payload: str | None = None
    uploads: tuple[str, ...] = ()
    locale: str = "ru"


def stamp(now: float) -> str:
    """Goes into the form when it is shown: when that was (unix seconds), and a MAC."""
    text = str(int(now))
    return f"{text}-{keys().mac(STAMP, text)}"


def check_stamp(given: str, now: float) -> None:
    """A person needs a few seconds. Refusals: guests.robot (forged, or too fast), guests.old_form (ask for a new stamp
    and send again)."""
    text, _, _ = given.partition("-")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Refusal("guests.robot")
    if not given.isascii() or not keys().same(STAMP, text, given.partition("-")[2]):
        raise Refusal("guests.robot")
    if now - int(text) > LONGEST_S:
        raise Refusal("guests.old_form")
    if now - int(text) < FASTEST_S:
        raise Refusal("guests.robot")


def check_form(form: Form) -> None:
    """Refusals: guests.bad_key, guests.no_contact, guests.too_many_files, form.too_long with `field`."""
    check_key(form.key)
    if not form.phone and not form.email:
        raise Refusal("guests.no_contact", field="phone")
    if len(form.uploads) > MAX_FILES:
        raise Refusal("guests.too_many_files", limit=MAX_FILES)
    for field, limit in (("words", MAX_WORDS), ("address", MAX_ADDRESS)):
        if len(getattr(form, field)) > limit:
            raise Refusal("form.too_long", field=field, limit=limit)


def check_key(key: str) -> str:
    if not (16 <= len(key) <= KEY_LENGTH and key.isascii() and key.replace("-", "").isalnum()):
        raise Refusal("guests.bad_key")
    return key


def sender_of(address: str) -> str:
    """The address that something came from, for counting only: hashed, IPv6 by its network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return keys().mac("sender", address[:100], size=16)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return keys().mac("sender", str(found.ipv4_mapped), size=16)
        found = ipaddress.IPv6Network((found, 64), strict=False).network_address
    return keys().mac("sender", str(found), size=16)
