"""What may be told of a customer, and what a search means. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.kernel.errors import Refusal


def tidy(text: str, limit: int) -> str:
    """One line without control characters, at most `limit` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit]


def named(text: str) -> str:
    """A name that says something; `customers.no_name` otherwise."""
    name = tidy(text, 200)
    if not name:
        raise Refusal("customers.no_name")
    return name


_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def normalise_email(text: str) -> str:
    """Lower case; nothing for nothing. A domain in Cyrillic is kept as the net knows it. `customers.bad_email`."""
    given = text.strip()
    if not given:
        return ""
    local, _, domain = given.rpartition("@")
    try:
        found = f"{local}@{domain.encode('idna').decode()}".lower()
    except UnicodeError as error:
        raise Refusal("customers.bad_email") from error
    if len(found) > 254 or _EMAIL.fullmatch(found) is None or ".." in found:
        raise Refusal("customers.bad_email")
    return found


def check_place(lat: float | None, lon: float | None) -> None:
    """Both or none, on the globe; `customers.bad_place` otherwise."""
    if lat is None and lon is None:
        return
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Refusal("customers.bad_place")


def check_number(field: str, text: str, lengths: tuple[int, ...]) -> str:
    """ИНН (10 or 12 digits), КПП (9), or nothing; `customers.bad_number` with the field otherwise."""
    digits = text.strip()
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) in lengths):
        raise Refusal("customers.bad_number", field=field)
    return digits


def patterns(search: str) -> list[str]:
    """The words of a search as LIKE patterns, each of which must be found somewhere; at most six count."""
    escape = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
    return [f"%{word.translate(escape)}%" for word in search.casefold().split()[:6]]


@dataclass(frozen=True, slots=True)
class Circle:
    """An area of the map. `distance` from the place to its middle, `radius`, both km."""

    id: int
    distance: float
    radius: float


def area_of(circles: Iterable[Circle]) -> int | None:
    """The area in which a place lies: of several the smallest, then the nearest; None outside of all."""
    inside = [circle for circle in circles if circle.distance <= circle.radius]
    return min(inside, key=lambda c: (c.radius, c.distance, c.id)).id if inside else None
