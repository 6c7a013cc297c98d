"""`/api/v1`: the desk's API for other systems, with its document and a page made of it."""

from pathlib import Path
from typing import Any

import jinja2
import orjson
from aiohttp import web

from api import document as described
from api import feed, files, orders, places
from api.door import LIMITER, guarded, middleware
from api.endpoint import ENDPOINTS
from api.limits import Limiter
from api.problem import language
from core.kernel.links import links
from core.kernel.words import words

HERE = Path(__file__).parent
PARTS = (orders, places, files, feed)
SOON = "public, max-age=300"


def setup(app: web.Application, *, redis: Any = None, prefix: str = "naryad") -> None:
    """Add the API to `app`. Without Redis requests are counted in this process only."""
    ours = web.Application(middlewares=[middleware])
    ours[LIMITER] = Limiter(redis, prefix)
    ours.router.add_get("/openapi.json", _document)
    ours.router.add_get("/docs", _docs)
    ours.router.add_get("/docs.css", _style)
    for one in ENDPOINTS:
        ours.router.add_route(one.method, one.path, guarded(one))
    app.add_subapp(described.BASE, ours)


async def _document(request: web.Request) -> web.Response:
    body = orjson.dumps(described.document(language(request)))
    headers = {"Cache-Control": SOON, "Vary": "Accept-Language"}
    return web.Response(body=body, content_type="application/json", headers=headers)


async def _docs(request: web.Request) -> web.Response:
    """The document as a page: no script, so that it opens anywhere."""
    locale = language(request)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    base = links.page(described.BASE) or described.BASE
    page = environment.get_template("docs.html")
    text = page.render(doc=described.document(locale), t=words("api", locale), shape=shape, base=base)
    headers = {"Cache-Control": SOON, "Vary": "Accept-Language"}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def _style(_: web.Request) -> web.Response:
    return web.Response(text=(HERE / "templates" / "docs.css").read_text(), content_type="text/css")


def shape(schema: dict[str, Any]) -> str:
    """A field's type in one line: `string ≤ 200`, `integer 1…3`, `low | normal`, `AssetOut[]`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{shape(schema.get('items', {}))}[]"
    found = str(schema.get("format") or schema.get("type") or "any")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{found} {low}…{high}"
    if "maxLength" in schema:
        return f"{found} ≤ {schema['maxLength']}"
    return found
