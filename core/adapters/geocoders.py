"""Places of addresses, asked by geopy over the guarded web: `nominatim://host` or `yandex://KEY@`.

`+http` behind the scheme for a server of one's own without TLS. Only a house or a street is an answer: the middle of a
town would send somebody to a place where nobody waits.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from core.kernel.errors import Outage
from core.ports import Found, Web, WebCall

POWER = "geocoder"
EXAMPLES = "nominatim://nominatim.example.com, yandex://KEY@"
AGENT = "naryad-service-desk"
PATIENCE_S = 10.0
PAUSE_S = {"nominatim": 1.0, "yandex": 0.05}
"""The public Nominatim asks for a second between questions."""
MOST_FOUND = 5
MOST_BYTES = 512 << 10
STREET = 26
"""Nominatim's rank of a street; a house has 30, a suburb 19."""
PRECISE = ("exact", "number", "near", "range", "street")


class BadGeocoder(ValueError):
    """The URL names no service that could be asked."""


def check_service(url: str) -> None:
    """BadGeocoder."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise BadGeocoder from error
    name, plus, plain = parts.scheme.partition("+")
    missing = {"nominatim": parts.hostname, "yandex": parts.username}.get(name)
    if not missing or (plus and plain != "http") or (plus and not parts.hostname):
        raise BadGeocoder


class Geocoder:
    """A port of `Geocoder`. One question at a time, with the pause that the service asks for."""

    def __init__(self, url: str, web: Web) -> None:
        check_service(url)
        self._url = urlsplit(url)
        self._web = web
        self._name = self._url.scheme.partition("+")[0]

    async def find(self, address: str, locale: str) -> tuple[Found, ...]:
        from geopy.exc import GeopyError

        words = {"language": locale, "limit": MOST_FOUND} if self._name == "nominatim" else {"lang": f"{locale}_RU"}
        try:
            places = await self._ask(address, exactly_one=False, **words) or ()
            return tuple(Found(one.latitude, one.longitude, one.address) for one in places if _precise(one.raw))
        except GeopyError as error:
            raise Outage(POWER, type(error).__name__) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Outage(POWER, "strange answer") from None

    @cached_property
    def _ask(self) -> Any:
        from geopy.extra.rate_limiter import AsyncRateLimiter

        return AsyncRateLimiter(
            self._made().geocode, min_delay_seconds=PAUSE_S[self._name], max_retries=0, swallow_exceptions=False
        )

    def _made(self) -> Any:
        from geopy.adapters import AdapterHTTPError, BaseAsyncAdapter
        from geopy.exc import GeocoderUnavailable
        from geopy.geocoders import Nominatim, Yandex

        web = self._web

        class OverWeb(BaseAsyncAdapter):  # type: ignore[misc]
            async def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
                try:
                    answer = await web.call(WebCall("GET", url, headers, None, MOST_BYTES, timeout))
                except Outage as outage:
                    raise GeocoderUnavailable(outage.reason) from None
                text = answer.body.decode(errors="replace")
                if answer.status >= 400:
                    told = {"status_code": answer.status, "headers": dict(answer.headers), "text": text}
                    raise AdapterHTTPError(f"status {answer.status}", **told)
                return text

            async def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
                return json.loads(await self.get_text(url, timeout=timeout, headers=headers))

        host = self._url.netloc.rpartition("@")[2]
        options: dict[str, Any] = {
            "scheme": "http" if self._url.scheme.endswith("+http") else "https",
            "adapter_factory": OverWeb,
            "user_agent": AGENT,
            "timeout": PATIENCE_S,
            **({"domain": host} if host else {}),
        }
        return (
            Nominatim(**options) if self._name == "nominatim" else Yandex(unquote(self._url.username or ""), **options)
        )


def _precise(raw: dict[str, Any]) -> bool:
    if "place_rank" in raw:
        return int(raw["place_rank"]) >= STREET
    return raw["metaDataProperty"]["GeocoderMetaData"]["precision"] in PRECISE
