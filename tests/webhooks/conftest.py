from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core import ports
from core.adapters.disk import Disk
from core.kernel.errors import Outage
from core.kernel.links import links
from core.kernel.work import work
from core.sources import actions as sources
from core.sources.queries import SourceView, source
from tests.webhooks.pbx import HOST, PASSWORD, Hear, Pbx, follow, opened
from tests.world import World
from webhooks.exchanges import listen
from webhooks.intake import Intake


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    pbx, app = Pbx(), web.Application()
    app.router.add_route("*", "/{tail:.*}", pbx.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    pbx.base = f"http://{HOST}:{server.port}/ari"
    links.inside = (HOST,)
    async with opened() as power:
        ports.use(web=power)
        yield pbx
    links.inside = ()
    await server.close()


@pytest.fixture
async def ats(world: World, pbx: Pbx, tmp_path: Path) -> SourceView:
    ports.use(storage=Disk(tmp_path / "files"))
    settings = {"ari_url": pbx.base, "ari_user": "desk", "own_numbers": ["+74950000000"]}
    async with work():
        await sources.add_source("ats", "asterisk-ari", "АТС", {"password": PASSWORD}, settings)
    return await source("ats")


@pytest.fixture
async def hear(ats: SourceView, pbx: Pbx) -> AsyncIterator[Hear]:
    """One session in which the exchange says this and hangs up; what came of all so far."""
    intake = Intake()

    async def one(*frames: dict[str, Any] | str) -> list[str]:
        pbx.says = list(frames)
        with pytest.raises(Outage, match="hung up"):
            await listen(ats, intake, opened)
        return await follow()

    yield one
    await intake.close()
