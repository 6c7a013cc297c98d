import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.kernel.database import database
from core.kernel.words import LOCALES, words
from core.kernel.work import work
from core.people import actions as people

ROOT = Path(__file__).parents[2]
COMMANDS = ("demo", "run", "migrate", "doctor", "admin", "backup", "restore", "hooks", "plan", "simulate")


def test_help_explains_every_command(naryad):
    done = naryad("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"\b{command}\s+[A-Z]", done.stdout), command


def test_help_speaks_russian_by_default(naryad):
    assert "диспетчерская" in naryad("--help", LC_ALL="C.UTF-8").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(naryad, command):
    done = naryad(command, "--help")
    assert done.returncode == 0
    assert command in done.stdout


@pytest.mark.parametrize("command", ["migrate", "doctor", "admin", "backup", "restore"])
def test_a_command_that_needs_no_bot_does_not_import_aiogram(command):
    code = (
        "import sys, asyncio, naryad.cli, naryad.checkup, naryad.archive, naryad.dump, naryad.embedded, naryad.migrate,"
        f"naryad.commands.{command}, core.people.actions; sys.exit('aiogram' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_help_imports_no_database():
    code = (
        "import sys, naryad.cli; heavy = {'tortoise', 'asyncpg', 'redis', 'aiohttp', 'pydantic_settings'};"
        "sys.exit(bool(heavy & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("command", ["run", "demo", "doctor"])
def test_a_wrong_setting_stops_every_command_with_one_line(naryad, command):
    done = naryad(command, NARYAD_WEB_PORT="http")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("NARYAD_WEB_PORT: must be a whole number")


def test_a_database_that_is_not_there_is_said_in_one_line(naryad, tmp_path):
    done = naryad(
        "backup",
        NARYAD_DATABASE_URL=f"postgresql://desk:hunter2@/desk?host={tmp_path}",
        NARYAD_REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "NARYAD_DATABASE_URL" in done.stderr
    assert "hunter2" not in done.stderr


def test_starting_over_spares_a_database_that_is_not_the_demos(naryad):
    done = naryad("demo", "--reset", NARYAD_DATABASE_URL="postgresql://desk@there/desk")
    assert done.returncode == 1
    assert "NARYAD_DATABASE_URL" in done.stderr


def test_migrating_twice_does_nothing_the_second_time(naryad, empty_database_url, redis_url):
    servers = {"NARYAD_DATABASE_URL": empty_database_url, "NARYAD_REDIS_URL": redis_url}
    first, second = naryad("migrate", **servers), naryad("migrate", **servers)
    assert "Applied: 0001_initial" in first.stdout
    assert second.stdout == "The database is up to date; nothing to do.\n"
    assert (first.returncode, second.returncode) == (0, 0)


def test_admin_needs_no_running_desk_to_print_a_code(naryad):
    done = naryad("admin")
    assert done.returncode == 0, done.stderr
    assert re.search(r"code: [A-Za-z0-9_-]{20,}\n", done.stdout)


async def test_admin_opens_the_page_for_an_administrator_once_there_is_one(naryad, database_url, redis_url):
    where = {"NARYAD_DATABASE_URL": database_url, "NARYAD_REDIS_URL": redis_url, "NARYAD_WEB_PORT": 8099}
    nobody = naryad("admin", "--link", **where)
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "Run naryad admin first" in nobody.stderr
    async with database(database_url, pool=2):
        async with work():
            await people.ensure_roles()
            chief = await people.add_member("admin", "Анна", "+79160000001")
        here = naryad("admin", "--link", **where)
        assert "ssh -N -L 8099:127.0.0.1:8099 " in here.stdout, here.stderr
        token = re.search(r"http://127\.0\.0\.1:8099/admin/login/([\w-]{20,})\n", here.stdout)
        async with work():
            assert (await people.start_web_session(token[1], "browser"))[1] == chief


@pytest.mark.parametrize("locale", LOCALES)
def test_every_error_has_its_text(locale):
    said = words("cli", locale)
    sources = list((ROOT / "naryad").rglob("*.py"))
    codes = {
        code
        for path in sources
        for code in re.findall(r'(?:Error|Archive|self\._failed)\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text())
    }
    assert len(codes) > 25
    assert [code for code in sorted(codes) if not said.has(code)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_of_the_doctor_has_its_text(locale):
    said = words("cli", locale)
    text = (ROOT / "naryad/checkup.py").read_text()
    for verdict, code in re.findall(r'\b(ok|warning|failed)\(\s*"([a-z_]+)"', text):
        assert said.has(f"doctor.{code}"), code
        assert verdict == "ok" or said.has(f"doctor.{code}.mend"), code
