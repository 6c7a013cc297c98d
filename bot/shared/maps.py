"""Links that open a navigator."""

from urllib.parse import quote


def route(lat: float | None, lon: float | None, address: str = "") -> str | None:
    """The way from here to a place, by its point or else by its address; None when neither is known."""
    if lat is not None and lon is not None:
        return f"https://yandex.ru/maps/?rtext=~{lat:.6f},{lon:.6f}&rtt=auto"
    return f"https://yandex.ru/maps/?text={quote(address[:200])}" if address.strip() else None


def through(points: list[tuple[float, float]]) -> str:
    """One way from here through all points, in order."""
    return "https://yandex.ru/maps/?rtext=~" + "~".join(f"{lat:.6f},{lon:.6f}" for lat, lon in points) + "&rtt=auto"
