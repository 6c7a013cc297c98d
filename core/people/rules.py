"""Who may do what by default, which telephone numbers are believed, and how long links live. Pure."""

import re
from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from core.kernel.errors import Refusal

PERMISSIONS = (
    "orders.see_all",
    "orders.create",
    "orders.dispatch",
    "orders.work",
    "chats.team",
    "people.see",
    "people.edit",
    "customers.edit",
    "assets.edit",
    "prices.edit",
    "checklists.edit",
    "company.edit",
    "plumbing.see",
    "plumbing.retry",
    "presence.see",
)

DEFAULT_ROLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "admin": ({"ru": "Администратор", "en": "Administrator"}, ("*",)),
    "dispatcher": (
        {"ru": "Диспетчер", "en": "Dispatcher"},
        (
            "orders.see_all",
            "orders.create",
            "orders.dispatch",
            "chats.team",
            "people.see",
            "customers.edit",
            "assets.edit",
            "plumbing.see",
            "presence.see",
        ),
    ),
    "technician": ({"ru": "Техник", "en": "Technician"}, ("orders.work", "chats.team")),
}

BOTS = ("customer", "technician", "dispatcher")
STAFF_BOTS = ("technician", "dispatcher")
INVITE_PURPOSES = ("admin", "member", "contact", "web")

WEB_LOGIN = timedelta(minutes=10)
ADMIN_CODE = timedelta(hours=24)
SESSION = timedelta(days=30)
SESSION_SEEN_EVERY = timedelta(minutes=5)
MAX_INVITE_HOURS = 24 * 30
MAX_NAME = 200
MAX_AREA_NAME = 100
LEVELS = range(1, 6)
EQUIPMENT = ("tool", "vehicle")
MOST_CERTIFICATES = 50
OUTSIDE = frozenset({"orders.work", "chats.team"})
"""All that somebody from outside may be allowed."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def normalise_phone(text: str, region: str = "RU") -> str:
    """E.164 of what a person typed or a messenger sent: `8 (916) 123-45-67` is `+79161234567`.

    Telegram may leave the plus out, so eleven digits that begin with 7 are Russian. `Refusal("people.bad_phone")`
    for all that can't be a number.
    """
    cleaned = text.strip()
    if len(cleaned) > 40:
        raise Refusal("people.bad_phone")
    for candidate in (cleaned, f"+{cleaned}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise Refusal("people.bad_phone")


def own_phone(sender_id: int, card_user_id: int | None, phone: str) -> str:
    """The number of a shared contact card, believed only when the messenger says that the card is the sender's own:
    anyone may send a card of someone else. `Refusal("people.phone_not_own")` otherwise."""
    if card_user_id is None or card_user_id != sender_id:
        raise Refusal("people.phone_not_own")
    return normalise_phone(phone)


def clean_name(text: str) -> str:
    """A name without control characters and double spaces, cut to what is kept. `people.no_name` when nothing is
    left."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    name = " ".join(printable.split())[:MAX_NAME]
    if not name:
        raise Refusal("people.no_name")
    return name


def check_code(code: str) -> str:
    """A role's, skill's or type's code: Latin small letters, digits, underscores. `people.bad_code` otherwise."""
    if not _CODE.fullmatch(code):
        raise Refusal("people.bad_code", name=code[:40])
    return code


def check_permissions(codes: set[str]) -> set[str]:
    """`people.unknown_permission` for a code that no action asks for."""
    unknown = codes - set(PERMISSIONS) - {"*"}
    if unknown:
        raise Refusal("people.unknown_permission", codes=sorted(unknown))
    return codes


def check_outside(codes: Collection[str]) -> None:
    """A contractor's role lets them work on their own jobs and nothing else; `people.contractor_role` otherwise."""
    if not OUTSIDE.issuperset(codes) or "orders.work" not in codes:
        raise Refusal("people.contractor_role")


def check_area(lat: float, lon: float, radius: float) -> None:
    """A circle on the globe, `radius` in km; `people.bad_area` otherwise."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0 < radius <= 1000):
        raise Refusal("people.bad_area")


def party_of(text: str) -> tuple[str, int]:
    """`member:12` as ("member", 12). ValueError for anything that is no person."""
    kind, _, number = text.partition(":")
    if kind not in ("member", "contact") or not number.isdigit():
        raise ValueError(f"no person: {text!r}")
    return kind, int(number)


def check_zone(name: str) -> str:
    """A time zone that exists, such as `Asia/Yekaterinburg`. `people.bad_zone` otherwise."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refusal("people.bad_zone") from error
    return name
