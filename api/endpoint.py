"""What an endpoint of the API is. One decorator tells its address, its scope and its pydantic models, which are the
only source of both the checks and the OpenAPI document:

    @endpoint("POST", "/orders", scope="orders:write", body=NewOrder, answer=OrderOut, status=201, writes=True)
    async def create(call: Call) -> OrderOut: …

A handler that `writes` runs inside a work of the token; with an Idempotency-Key its answer commits with what it did.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.tokens.queries import Holder

LARGEST_ID = 2**53 - 1
Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Call:
    """One request that was let in. `query` and `body` are instances of the endpoint's models."""

    request: web.Request
    holder: Holder
    query: Any = None
    body: Any = None
    raw: bytes = b""

    @property
    def actor(self) -> Actor:
        return self.holder.actor

    def number(self, what: str, name: str = "id") -> int:
        """A row's number from the address; NotFound `what` for anything else."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit() and len(text) < 17 and 0 < int(text) <= LARGEST_ID):
            raise NotFound(what)
        return int(text)


Answer = BaseModel | web.StreamResponse
Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`raw` takes bytes instead of JSON. `tagged` answers an ETag and 304; `guarded` wants If-Match. `binary` answers
    bytes. `scope` None: any token. `conflicts`: it may answer 409."""

    method: str
    path: str
    name: str
    handler: Handler
    scope: str | None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    writes: bool = False
    raw: bool = False
    tagged: bool = False
    guarded: bool = False
    binary: bool = False
    conflicts: bool = False

    @property
    def statuses(self) -> list[int]:
        """The refusals that it may answer beside those that every endpoint has."""
        takes = self.body is not None or self.raw
        found = [
            *([400] if takes or self.method == "POST" else []),
            *([404] if "{" in self.path else []),
            *([409] if self.conflicts else []),
            *([412, 428] if self.guarded else []),
            *([408, 413, 415] if takes else []),
            *([422] if takes or self.query or self.method == "POST" else []),
            *([503] if self.raw or self.binary else []),
        ]
        return sorted([*found, 401, 403, 429])


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
    """Register a handler; options are `Endpoint`'s fields. The handler's name is the operation's."""

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, path, handler.__name__, handler, scope, **options))
        return handler

    return register
