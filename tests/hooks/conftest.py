"""A receiver on this machine, which a resolver of the test's own calls `receiver.test`, and a desk that tells it."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from core import ports
from core.kernel.links import links
from core.tasks.actions import OUTSIDE, run_one
from webhooks.fetch import web as outside

HOST = "receiver.test"


@dataclass
class Resolver(AbstractResolver):
    """Names as the test has them; `asked` counts. A name with several answers gives them one after another."""

    names: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError("no such name")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            {
                "hostname": host,
                "host": one,
                "port": port,
                "family": socket.AF_INET6 if ":" in one else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for one in found
        ]

    async def close(self) -> None: ...


async def form_of(request: web.Request) -> list[dict[str, Any]]:
    """The parts of a form, read by a parser that is not ours."""
    found = []
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            found.append({"name": name, "text": value})
        else:
            data = value.file.read()
            found.append({"name": name, "filename": value.filename, "type": value.content_type, "data": data})
    return found


@dataclass
class Receiver:
    """`answers` are given one after another, the last one for ever: a status, or (status, headers, text). `forms` are
    the parts of forms: name, filename, type, data, text."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    forms: list[list[dict[str, Any]]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        is_form = request.content_type == "multipart/form-data"
        if is_form:
            self.forms.append(await form_of(request))
        body = b"" if is_form else await request.read()
        self.paths.append(f"{request.method} {request.path_qs}")
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, headers, text = answer if isinstance(answer, tuple) else (answer, {}, "ok")
        return web.Response(status=status, headers=headers, text=text)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    receiver.url = f"http://{HOST}:{server.port}/hook"
    links.inside = (HOST,)
    async with outside([HOST], Resolver({HOST: [["127.0.0.1"]]})) as power:
        ports.use(web=power)
        yield receiver
    links.inside = ()
    await server.close()


Drain = Callable[[], Awaitable[None]]


@pytest.fixture
def drain() -> Drain:
    """Do what is due outside, until nothing is."""

    async def run() -> None:
        while await run_one(lane=OUTSIDE):
            pass

    return run
