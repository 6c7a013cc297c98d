"""`naryad admin`: a one-time code that makes its sender an administrator; with `--link`, an administrator's way in."""

import asyncio
from typing import Annotated

import typer

from naryad.commands import prepare
from naryad.errors import OperatorError, terminal_words

say = terminal_words()
Link = Annotated[bool, typer.Option("--link", help=say.text("help.admin.link"))]


def admin(link: Link = False) -> None:
    settings = prepare()
    from core.kernel.actor import SYSTEM
    from core.kernel.database import database
    from core.kernel.links import links, listens_at
    from core.kernel.work import work
    from core.people.actions import issue_admin_code, open_web_login
    from core.people.queries import first_admin
    from naryad.embedded import open_servers
    from naryad.migrate import migrate

    async def issue() -> str:
        async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
            await migrate(servers.database_url)
            async with database(servers.database_url, pool=2), work(SYSTEM):
                if not link:
                    return await issue_admin_code()
                chief = await first_admin()
                if chief is None:
                    raise OperatorError("admin.nobody")
                return await open_web_login(chief)

    token = asyncio.run(issue())
    if not link:
        typer.echo(say.text("admin.code", code=token))
        return
    links.public, links.own = settings.public_url, listens_at(settings.web_host, settings.web_port)
    page = f"admin/login/{token}"
    typer.echo(say.text("admin.link", url=links.page(page) or links.own_page(page)))
    if not links.public and links.tunnel:
        typer.echo(say.text("admin.tunnel", tunnel=links.tunnel))
