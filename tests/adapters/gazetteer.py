"""A service of addresses on this machine: it answers as Nominatim and as Yandex do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from core.adapters.geocoders import Geocoder
from webhooks.fetch import web as guarded_web

ARBAT = (55.7494, 37.5931, "10, улица Арбат, Москва", 30)


@dataclass
class Gazetteer:
    """`knows` is what it answers to anything: (lat, lon, address, rank); a `status` other than 200 is all it says."""

    port: int = 0
    knows: list[tuple[float, float, str, int]] = field(default_factory=lambda: [ARBAT])
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)

    def url(self, service: str) -> str:
        return f"{service}+http://{'KEY@' if service == 'yandex' else ''}127.0.0.1:{self.port}"

    async def nominatim(self, request: web.Request) -> web.Response:
        self.asked.append({**request.query, "agent": request.headers["User-Agent"]})
        rows = [
            {"lat": str(lat), "lon": str(lon), "display_name": name, "place_rank": rank}
            for lat, lon, name, rank in self.knows
        ]
        return web.json_response(rows if self.status == 200 else {}, status=self.status)

    async def yandex(self, request: web.Request) -> web.Response:
        self.asked.append({**request.query})
        found = [{"GeoObject": _yandex(*one)} for one in self.knows]
        answer = {"response": {"GeoObjectCollection": {"featureMember": found}}}
        return web.json_response(answer if self.status == 200 else {}, status=self.status)


def _yandex(lat: float, lon: float, name: str, rank: int) -> dict[str, Any]:
    precision = {30: "exact", 26: "street"}.get(rank, "other")
    meta = {"GeocoderMetaData": {"precision": precision}}
    return {"name": name, "Point": {"pos": f"{lon} {lat}"}, "metaDataProperty": meta}


@asynccontextmanager
async def gazetteer() -> AsyncIterator[Gazetteer]:
    one = Gazetteer()
    app = web.Application()
    app.router.add_get("/search", one.nominatim)
    app.router.add_get("/1.x/", one.yandex)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.port = runner.addresses[0][1]
    try:
        yield one
    finally:
        await runner.cleanup()


@asynccontextmanager
async def geocoder(url: str, trusted: tuple[str, ...] = ("127.0.0.1",)) -> AsyncIterator[Geocoder]:
    async with guarded_web(trusted) as outside:
        yield Geocoder(url, outside)
