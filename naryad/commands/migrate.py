"""`naryad migrate`: bring the database's schema up to date."""

import asyncio

import typer

from naryad.commands import prepare
from naryad.errors import terminal_words


def migrate() -> None:
    settings = prepare()
    from naryad.embedded import open_servers
    from naryad.migrate import migrate as bring_up_to_date

    async def work() -> list[str]:
        async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
            return await bring_up_to_date(servers.database_url)

    applied = asyncio.run(work())
    say = terminal_words()
    for name in applied:
        typer.echo(say.text("migrate.applied", name=name))
    if not applied:
        typer.echo(say.text("migrate.nothing"))
