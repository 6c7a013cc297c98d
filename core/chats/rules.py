"""Which dispatch group takes an order, and who reads a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.presence.rules import haversine


@dataclass(frozen=True, slots=True)
class Circle:
    """An area; `radius` in km."""

    id: int
    lat: float
    lon: float
    radius: float


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """A dispatch group and the areas it takes; none means whatever the others leave."""

    id: int
    areas: tuple[Circle, ...]


def choose_group(
    groups: Sequence[GroupFilter], area_id: int | None, lat: float | None, lon: float | None
) -> int | None:
    """The group with the site's own area, else the one whose area's centre is nearest among those that hold the
    point, else the first without areas, else the first; None when there is no group at all."""
    for group in groups:
        if area_id is not None and any(area.id == area_id for area in group.areas):
            return group.id
    if lat is not None and lon is not None:
        holding = [
            (haversine(lat, lon, area.lat, area.lon), group.id)
            for group in groups
            for area in group.areas
            if haversine(lat, lon, area.lat, area.lon) <= area.radius * 1000
        ]
        if holding:
            return min(holding)[1]
    general = [group.id for group in groups if not group.areas] or [group.id for group in groups]
    return general[0] if general else None


def topic_card(order_id: int) -> str:
    """The card key of an order's forum topic."""
    return f"topic:{order_id}"


def order_of_topic(card: str | None) -> int | None:
    """The order whose topic this card key names."""
    kind, _, number = (card or "").partition(":")
    return int(number) if kind == "topic" and number.isdecimal() else None


def order_of_card(card: str | None) -> int | None:
    """The order of a topic, or of a card that stands for an order in it."""
    kind, _, number = (card or "").partition(":")
    return int(number) if kind in ("topic", "order", "ask", "pad") and number.isdecimal() else None


def message_card(message_id: int) -> str:
    """The card key of a mirrored message."""
    return f"msg:{message_id}"


def message_of_card(card: str | None) -> int | None:
    kind, _, number = (card or "").partition(":")
    return int(number) if kind == "msg" and number.isdecimal() else None
