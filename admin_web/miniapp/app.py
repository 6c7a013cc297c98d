"""Routes of the Mini Apps: `/app/{bot}/…` chooses the bot whose token proves who is looking."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import jinja2
from aiohttp import web

from admin_web.assets import static
from admin_web.miniapp import sign
from core.company.queries import company
from core.kernel.errors import Away, NotAllowed, NotFound, Outage, Refusal
from core.kernel.words import LOCALES, pick_locale, words

FRAMES: web.AppKey[str] = web.AppKey("frames", str)
TELEGRAM_FRAMES = "https://web.telegram.org https://*.telegram.org"
PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application, tokens: dict[str, str], frames: str = TELEGRAM_FRAMES) -> None:
    """Add the Mini Apps to the desk's pages. `frames`: who may show them in a frame, besides ourselves."""
    app[sign.TOKENS] = tokens
    app[FRAMES] = frames
    app.router.add_post("/app/{bot}/session", api(sign.session))
    app.router.add_get(r"/app/{bot}/sign/{document:\d{1,12}}", sign_page)
    app.router.add_get(r"/app/{bot}/api/sign/{document:\d{1,12}}", api(sign.show))
    app.router.add_post(r"/app/{bot}/api/sign/{document:\d{1,12}}", api(sign.sign))


def api(handler: Handler) -> Handler:
    """Refusals become JSON: {code, message}; the status says whether trying again may help."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return _refused(request, refusal)
        except Outage as outage:
            log.error("%s", outage, extra={"path": request.path})
            return _refused(request, Away())

    return guarded


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    locale = pick_locale(request.headers.get("X-Naryad-Locale") or request.headers.get("Accept-Language"))
    said = words("bot", locale)
    key = f"error.{refusal.code}"
    message = said.text(key, **refusal.data) if said.has(key) else said.text("error.generic")
    return web.json_response({"code": refusal.code, "message": message}, status=_status(refusal))


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, Away):
        return 503
    if refusal.code in ("app.session_over", "app.bad_init_data", "app.old_init_data"):
        return 401
    if isinstance(refusal, NotFound):
        return 404
    return 403 if isinstance(refusal, NotAllowed) or refusal.code == "people.stranger" else 409


async def sign_page(request: web.Request) -> web.Response:
    """The page around the canvas. It names no order: its script asks after it has proved who is looking."""
    if request.match_info["bot"] not in request.app[sign.TOKENS]:
        raise web.HTTPNotFound
    ours = await company()
    texts = {
        locale: {key: words("admin", locale).text(f"sign.{key}", **FILLED_THERE) for key in TEXTS} for locale in LOCALES
    }
    html = PAGES.get_template("app/sign.html").render(
        static=static,
        company=ours.name,
        colour=ours.colour,
        texts=texts,
        bot=request.match_info["bot"],
        document=request.match_info["document"],
    )
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' {request.app[FRAMES]}"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=html, content_type="text/html", headers={**headers, "X-Content-Type-Options": "nosniff"})


FILLED_THERE = {"number": "{number}", "who": "{who}"}
TEXTS = (
    "loading", "title", "order", "agree", "name", "post", "here", "clear", "send", "sending", "offline", "saved",
    "done", "done_hint", "close", "retry", "empty", "name_needed", "signed", "replaced", "printing", "not_telegram",
    "total",
)  # fmt: skip
