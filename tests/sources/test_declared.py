"""Sources declared by a file: read or refused at the key that is wrong, applied once, printed again."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.kernel import ids
from core.kernel.work import work
from core.sources.declared import BadFile, Declared, read, written
from core.sources.declaring import Plan, apply, plan, present
from core.sources.models import Poll, Source
from core.sources.queries import source
from tests.world import World

ENV = {"VB_KEY": "api-key", "VB_SALT": " salt\n", "TOKEN": "t0ken", "EMPTY": " ", "LONG": "x" * 5000}
CRM = """
[source.crm]
kind = "standardwebhooks"
name = "Наша CRM"
"""
ALL = (
    CRM
    + """
[source.crm.secrets]
whsec = "generate"

[source.crm.mapping]
events = ["order.created", "ticket.opened"]
customer = {customer}
urgency = "high"
paths = {{ words = "data.title  data.text", external = "data.id" }}

[source.ats]
kind = "mango"
name = "АТС"

[source.ats.secrets]
vpbx_api_key = {{ env = "VB_KEY" }}
vpbx_api_salt = {{ env = "VB_SALT" }}

[source.ats.settings]
callback_minutes = 20

[source.erp]
kind = "1c-odata"
name = "1С"
active = true
secrets = {{ password = {{ env = "TOKEN" }} }}
[source.erp.settings]
poll_url = "https://erp.example/base"
poll_entity = "Document_Заявка"
poll_user = "Админ \\"1\\""
poll_minutes = 10
"""
)


CRMS = """
[source.amo]
kind = "amocrm-poll"
name = "amoCRM"
secrets = { token = { env = "TOKEN" } }
settings = { poll_url = "https://firma.amocrm.ru", poll_stage = "31:142" }

[source.okd]
kind = "okdesk-poll"
name = "Okdesk"
secrets = { token = { env = "TOKEN" } }
settings = { poll_url = "https://firma.okdesk.ru" }

[source.hub]
kind = "hubex"
name = "HubEx"
secrets = { token = { env = "TOKEN" } }
settings = { poll_url = "https://api.hubex.ru/fsm" }

[source.hooks]
kind = "okdesk"
name = "Okdesk, webhooks"
secrets = { path_token = "generate", api_token = { env = "TOKEN" } }
settings = { api_url = "https://firma.okdesk.ru" }
"""


async def test_crms_are_declared_and_printed_again(world: World) -> None:
    declared = read(CRMS, ENV)
    async with work():
        assert list(await apply(declared)) == ["hooks"]
    assert (await plan(declared)).changes_nothing
    assert (await source("hooks")).secret["api_token"] == "t0ken"
    again = written(await present())
    for line in ('poll_stage = "31:142"', 'kind = "hubex"', 'api_url = "https://firma.okdesk.ru"', "# api_token"):
        assert line in again
    assert "t0ken" not in again


@pytest.mark.parametrize("kind", ["amocrm-poll", "okdesk-poll", "hubex"])
def test_a_crm_without_its_address_is_named(kind: str) -> None:
    with pytest.raises(BadFile) as bad:
        read(f'[source.crm]\nkind = "{kind}"\nname = "X"\n', ENV)
    assert (bad.value.key, bad.value.code) == ("source.crm.settings.poll_url", "missing")


def only(text: str, environment: Mapping[str, str] = ENV) -> Declared:
    [one] = read(text, environment)
    return one


def test_the_least_that_a_file_says() -> None:
    one = only(CRM)
    assert (one.id, one.kind, one.name, one.active) == ("crm", "standardwebhooks", "Наша CRM", None)
    assert (one.secrets, one.config, one.mapping) == ({}, {}, {"paths": {}, "events": []})
    assert "whsec" not in repr(only(CRM + 'secrets = { whsec = { env = "TOKEN" } }'))


def test_a_secret_comes_from_the_environment_without_its_newline() -> None:
    mango = next(one for one in read(ALL.format(customer=1), ENV) if one.id == "ats")
    assert mango.secrets == {"vpbx_api_key": "api-key", "vpbx_api_salt": "salt"}


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ("", "source", "missing"),
        ("source = 1", "source", "no_table"),
        ("a = [", "", "not_toml"),
        ("[source.crm]\n[source.crm]", "", "not_toml"),
        (CRM + CRM, "", "not_toml"),
        ("[sources.crm]", "sources", "unknown_key"),
        ("[source]\ncrm = 1", "source.crm", "no_table"),
        ("[source.crm]\n", "source.crm.kind", "missing"),
        ('[source.crm]\nkind = "fax"\nname = "x"', "source.crm.kind", "unknown_kind"),
        ('[source.crm]\nkind = 5\nname = "x"', "source.crm.kind", "bad_value"),
        ('[source.crm]\nkind = "vk"', "source.crm.name", "missing"),
        ('[source.crm]\nkind = "vk"\nname = " "', "source.crm.name", "bad_value"),
        ('[source.Crm]\nkind = "vk"\nname = "x"', "source.Crm", "bad_id"),
        ('[source."a.b"]\nkind = "vk"\nname = "x"', 'source."a.b"', "bad_id"),
        (CRM + 'active = "yes"', "source.crm.active", "bad_value"),
        (CRM + "secret = 1", "source.crm.secret", "unknown_key"),
        (CRM + "secrets = 1", "source.crm.secrets", "no_table"),
        (CRM + 'secrets = { whsec = "whsec_c2VjcmV0" }', "source.crm.secrets.whsec", "secret_inside"),
        (CRM + "secrets = { whsec = { env = 5 } }", "source.crm.secrets.whsec", "secret_inside"),
        (CRM + 'secrets = { whsec = { env = "A", file = "b" } }', "source.crm.secrets.whsec", "secret_inside"),
        (CRM + 'secrets = { token = "generate" }', "source.crm.secrets.token", "unknown_key"),
        (CRM + 'secrets = { whsec = { env = "NONE" } }', "source.crm.secrets.whsec", "no_env"),
        (CRM + 'secrets = { whsec = { env = "EMPTY" } }', "source.crm.secrets.whsec", "no_env"),
        (CRM + 'secrets = { whsec = { env = "LONG" } }', "source.crm.secrets.whsec", "bad_value"),
        (
            '[source.tw]\nkind = "twilio"\nname = "x"\nsecrets = { auth_token = "generate" }',
            "source.tw.secrets.auth_token",
            "not_ours",
        ),
        (CRM + "settings = { callback_minutes = 5 }", "source.crm.settings.callback_minutes", "unknown_key"),
        (CRM + "mapping = { event = [] }", "source.crm.mapping.event", "unknown_key"),
        (CRM + 'mapping = { events = "a" }', "source.crm.mapping.events", "bad_value"),
        (CRM + 'mapping = { events = ["a b"] }', "source.crm.mapping.events", "bad_value"),
        (CRM + "mapping = { customer = 0 }", "source.crm.mapping.customer", "bad_value"),
        (CRM + "mapping = { site = true }", "source.crm.mapping.site", "bad_value"),
        (CRM + 'mapping = { urgency = "now" }', "source.crm.mapping.urgency", "bad_value"),
        (CRM + 'mapping = { paths = { word = "a" } }', "source.crm.mapping.paths.word", "unknown_key"),
        (CRM + 'mapping = { paths = { words = "a..b" } }', "source.crm.mapping.paths.words", "bad_value"),
        (CRM + "mapping = { paths = { words = 5 } }", "source.crm.mapping.paths.words", "bad_value"),
    ],
)
def test_a_bad_file_names_the_key(text: str, key: str, code: str) -> None:
    with pytest.raises(BadFile) as wrong:
        read(text, ENV)
    assert (wrong.value.key, wrong.value.code) == (key, code)


@pytest.mark.parametrize(
    ("kind", "settings", "key", "code"),
    [
        ("mango", "callback_minutes = 0", "callback_minutes", "bad_value"),
        ("mango", 'callback_minutes = "5"', "callback_minutes", "bad_value"),
        ("mango", "callback_minutes = 1.5", "callback_minutes", "bad_value"),
        ("mango", "callback_minutes = true", "callback_minutes", "bad_value"),
        ("1c-http", 'allow_bom = "no"', "allow_bom", "bad_value"),
        ("zadarma", 'own_numbers = ["+74951112233", 5]', "own_numbers", "bad_value"),
        ("zadarma", 'own_numbers = ["x"]', "own_numbers", "bad_value"),
        ("smtp", "", "mail_address", "missing"),
        ("smtp", 'mail_address = "nobody"', "mail_address", "bad_value"),
        ("smtp", "mail_address = 5", "mail_address", "bad_value"),
        ("imap", 'imap_url = "imap://h"', "imap_user", "missing"),
        ("rest", 'poll_url = "ftp://a.example"', "poll_url", "bad_value"),
        ("rest", 'poll_url = "https://a.example"\npoll_since = "s"', "poll_changed", "missing"),
    ],
)
def test_a_bad_setting_names_the_key(kind: str, settings: str, key: str, code: str) -> None:
    with pytest.raises(BadFile) as wrong:
        read(f'[source.one]\nkind = "{kind}"\nname = "x"\n[source.one.settings]\n{settings}', ENV)
    assert (wrong.value.key, wrong.value.code) == (f"source.one.settings.{key}", code)


async def planned(text: str, environment: Mapping[str, str] = ENV) -> Plan:
    return await plan(read(text, environment))


async def applied(text: str, environment: Mapping[str, str] = ENV) -> dict[str, dict[str, str]]:
    async with work():
        return await apply(read(text, environment))


async def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in await Source.all().order_by("id").values()]


async def settings() -> list[dict[str, Any]]:
    names = ("id", "kind", "name", "config", "mapping", "active")
    return [{name: row[name] for name in names} for row in await rows()]


async def test_applied_once_the_second_time_changes_nothing(world: World) -> None:
    text = ALL.format(customer=world.bakery)
    assert [(step.id, step.what) for step in (await planned(text)).steps] == [
        ("crm", "added"),
        ("ats", "added"),
        ("erp", "added"),
    ]
    assert not await Source.exists()
    made = await applied(text)
    assert made.keys() == {"crm"}
    assert made["crm"]["whsec"] == (await source("crm")).secret["whsec"]
    assert (await source("ats")).secret == {"vpbx_api_key": "api-key", "vpbx_api_salt": "salt"}
    assert (await source("erp")).active
    before = await rows()
    again = await planned(text)
    assert again.changes_nothing
    assert await applied(text) == {}
    assert await rows() == before


async def test_what_is_printed_changes_nothing_and_connects_another_desk(world: World) -> None:
    text = ALL.format(customer=world.bakery)
    await applied(text)
    async with work():
        await source_on_page()
    printed = written(await present())
    ours = (await source("crm")).secret["whsec"]
    assert not any(secret in printed for secret in ("api-key", "t0ken", ours))
    assert (await planned(printed, {})).changes_nothing
    before = await settings()
    await Source.all().delete()
    await Poll.all().delete()
    with pytest.raises(BadFile) as wrong:
        await planned(printed, {})
    assert (wrong.value.key, wrong.value.code) == ("source.ats.secrets.vpbx_api_key", "secret_needed")
    known = {"ATS_VPBX_API_KEY": "v", "ATS_VPBX_API_SALT": "v", "ERP_PASSWORD": "v"}
    assert (await applied(printed.replace("# ", ""), known)).keys() == {"crm", "form"}
    assert await settings() == [{**row, "config": {}} if row["id"] == "form" else row for row in before]


async def source_on_page() -> None:
    """As the page saves it: flags that are off and paths that are empty stand there."""
    from core.sources import actions

    mapping = {"paths": {"words": "", "phone": "body.Тел"}, "events": []}
    await actions.add_source("form", "1c-http", '1С «"обмен"»', {}, {"allow_bom": False}, mapping)


async def test_the_plan_says_what_changes_and_what_is_left_alone(world: World) -> None:
    await applied(ALL.format(customer=world.bakery))
    changed = """
[source.ats]
kind = "mango"
name = "Станция"
active = false
secrets = { vpbx_api_key = { env = "TOKEN" } }
settings = { callback_minutes = 30 }
mapping = { events = ["a.b"], paths = { words = "x" } }
"""
    found = await planned(changed)
    assert found.left == ("crm", "erp")
    [step] = found.steps
    assert (step.id, step.what) == ("ats", "changed")
    assert [(one.key, one.before, one.after) for one in step.changes] == [
        ("name", "АТС", "Станция"),
        ("active", True, False),
        ("secrets.vpbx_api_key", None, None),
        ("settings.callback_minutes", 20, 30),
        ("mapping.events", None, ["a.b"]),
        ("mapping.paths.words", None, "x"),
    ]
    await applied(changed)
    view = await source("ats")
    assert (view.name, view.active, view.config) == ("Станция", False, {"callback_minutes": 30})
    assert view.secret == {"vpbx_api_key": "t0ken", "vpbx_api_salt": "salt"}
    assert (await planned(changed)).changes_nothing
    assert await Source.all().count() == 3


async def test_a_secret_that_does_not_open_is_made_anew(world: World) -> None:
    text = CRM + 'secrets = { whsec = "generate" }'
    first = await applied(text)
    assert await applied(text) == {}
    ids.use(ids.Keys(["quite another secret"]))
    assert [one.key for one in (await planned(text)).steps[0].changes] == ["secrets.whsec"]
    second = await applied(text)
    assert second["crm"] != first["crm"]
    assert (await source("crm")).secret == second["crm"]


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ('[source.ats]\nkind = "vk"\nname = "x"', "source.ats.kind", "other_kind"),
        ('[source.tw]\nkind = "twilio"\nname = "x"', "source.tw.secrets.auth_token", "secret_needed"),
        (CRM + "mapping = { customer = 987654 }", "source.crm.mapping.customer", "not_there"),
        (CRM + "mapping = { site = 987654 }", "source.crm.mapping.site", "not_there"),
        (
            CRM + '[source.inner]\nkind = "rest"\nname = "x"\nsettings = { poll_url = "https://10.0.0.1/list" }',
            "source.inner.settings.poll_url",
            "bad_value",
        ),
    ],
)
async def test_what_only_the_desk_can_refuse_changes_nothing(world: World, text: str, key: str, code: str) -> None:
    await applied(
        '[source.ats]\nkind = "mango"\nname = "x"\n'
        'secrets = { vpbx_api_key = { env = "TOKEN" }, vpbx_api_salt = { env = "TOKEN" } }'
    )
    with pytest.raises(BadFile) as wrong:
        await applied(text)
    assert (wrong.value.key, wrong.value.code) == (key, code)
    assert [row["id"] for row in await rows()] == ["ats"]
