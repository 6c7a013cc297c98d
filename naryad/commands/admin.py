"""`naryad admin`: a one-time code that makes its sender an administrator."""

import asyncio

import typer

from naryad.commands import prepare
from naryad.errors import terminal_words


def admin() -> None:
    settings = prepare()
    from core.kernel.actor import SYSTEM
    from core.kernel.database import database
    from core.kernel.work import work
    from core.people.actions import issue_admin_code
    from naryad.embedded import open_servers
    from naryad.migrate import migrate

    async def issue() -> str:
        async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
            await migrate(servers.database_url)
            async with database(servers.database_url, pool=2), work(SYSTEM):
                return await issue_admin_code()

    code = asyncio.run(issue())
    typer.echo(terminal_words().text("admin.code", code=code))
