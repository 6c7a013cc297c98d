"""Sources are connected, their secrets sealed, and what is not kept of theirs is counted."""

from datetime import timedelta

import asyncpg
import pytest

from core.kernel import ids
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import now
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import work
from core.sources import actions, queries
from core.sources.actions import Tally
from core.sources.kept import Kept, inbox_of, masked, pack, unpack
from core.sources.models import Mark, Source
from core.sources.vault import Locked
from tests.fixtures import SECRET


@pytest.fixture(autouse=True)
async def open_desk(desk: str) -> str:
    """Every test here has a desk."""
    return desk


async def connect(source_id: str = "crm", kind: str = "standardwebhooks", **options: object) -> dict[str, str]:
    async with work():
        return await actions.add_source(source_id, kind, "Их CRM", **options)  # type: ignore[arg-type]


async def test_a_secret_we_made_is_told_once_and_is_not_in_the_database(open_desk: str) -> None:
    made = await connect()
    assert made["whsec"].startswith("whsec_")
    assert (await queries.live_sources())["crm"].secret == made
    connection = await asyncpg.connect(open_desk)
    try:
        stored = await connection.fetchval("SELECT secret FROM sources_sources")
    finally:
        await connection.close()
    assert made["whsec"].encode() not in stored
    assert made["whsec"][6:20].encode() not in stored
    assert made["whsec"] not in repr(await queries.source("crm"))


async def test_a_changed_desk_secret_locks_and_an_old_one_in_the_list_opens() -> None:
    made = await connect()
    ids.use(ids.Keys(["quite another secret"]))
    assert (await queries.source("crm")).locked
    assert (await queries.source("crm")).secret == {}
    ids.use(ids.Keys(["quite another secret", SECRET]))
    assert (await queries.source("crm")).secret == made


async def test_what_was_sealed_for_one_source_does_not_open_for_another() -> None:
    kept = Kept(
        "POST", "https://desk.test/hooks/a", (("X", "y\udcff"),), b"a\nb\0", "process", now(), normalized={"n": 1 << 70}
    )
    sealed = pack("a", kept)
    assert unpack("a", sealed) == kept
    with pytest.raises(Locked):
        unpack("b", sealed)
    with pytest.raises(Locked):
        unpack("a", sealed[:-1] + bytes([sealed[-1] ^ 1]))


async def test_it_must_be_given_what_only_the_vendor_knows() -> None:
    with pytest.raises(Refusal) as refused:
        await connect("ats", "zadarma")
    assert (refused.value.code, refused.value.data["name"]) == ("sources.secret_needed", "api_secret")
    assert (
        await connect("ats", "zadarma", secrets={"api_secret": " abc "}, config={"own_numbers": ["8 495 123-45-67"]})
        == {}
    )
    view = await queries.source("ats")
    assert (view.secret, view.config) == ({"api_secret": "abc"}, {"own_numbers": ["+74951234567"]})


@pytest.mark.parametrize(
    ("source_id", "kind", "code"),
    [
        ("CRM", "vk", "sources.bad_id"),
        ("-a", "vk", "sources.bad_id"),
        ("a/b", "jira", "sources.bad_id"),
        ("a" * 33, "jira", "sources.bad_id"),
        ("ok", "no-such", "sources.unknown_kind"),
    ],
)
async def test_what_is_no_source_is_refused(source_id: str, kind: str, code: str) -> None:
    given = {"confirmation": "c", "group_id": "1"}
    with pytest.raises(Refusal, match=code):
        await connect(source_id, kind, secrets=given)


async def test_an_id_is_given_once() -> None:
    await connect()
    with pytest.raises(Refusal, match=r"sources\.taken"):
        await connect()


async def test_only_who_steers_the_company_connects() -> None:
    await connect()
    with pytest.raises(NotAllowed):
        async with work(Actor("member", 1, frozenset({"orders.dispatch"}))):
            await actions.change_source("crm", active=False)
    with pytest.raises(NotFound):
        async with work(SYSTEM):
            await actions.change_source("nobody", active=False)


async def test_changes_are_seen_at_once_and_secrets_that_are_not_given_stay() -> None:
    made = await connect()
    assert "crm" in await queries.live_sources()
    async with work():
        await actions.change_source("crm", name="Другое имя", active=False, secrets={"whsec": ""})
    assert "crm" not in await queries.live_sources()
    assert (await queries.source("crm")).secret == made
    async with work():
        fresh = await actions.renew_secret("crm", "whsec")
    assert fresh != made["whsec"]
    assert (await queries.source("crm")).secret == {"whsec": fresh}
    card = (await queries.source_cards())[0]
    assert (card.name, card.active, card.secrets) == ("Другое имя", False, ("whsec",))
    assert fresh not in repr(card)


async def test_what_is_not_kept_is_counted() -> None:
    await connect()
    await connect("crm2")
    for n in (2, 3):
        await actions.count("refused", {"crm": Tally(n, f"w\0hy {n}", now())})
    await actions.count("ignored", {"crm": Tally(1, "check", now()), "gone": Tally(1, "x", now())})
    first, second = await Source.all().order_by("id")
    assert (first.refused, first.refused_why, first.ignored, first.ignored_why) == (5, "why 3", 1, "check")
    assert (second.refused, second.refused_at, second.ignored) == (0, None, 0)


async def test_a_mark_is_believed_once_until_it_expires_or_a_higher_value_comes() -> None:
    async with work():
        assert await actions.first_time("crm", "m1")
        assert not await actions.first_time("crm", "m1")
        assert await actions.first_time("other", "m1")
        assert await actions.first_time("crm", "call", 3)
        assert not await actions.first_time("crm", "call", 2)
        assert await actions.first_time("crm", "call", 4)
        assert await actions.first_time("crm", "k" * 500)
        assert not await actions.first_time("crm", "k" * 500)
    await Mark.filter(key="m1", source_id="crm").update(expires_at=now() - timedelta(seconds=1))
    async with work():
        assert await actions.first_time("crm", "m1")
    await Mark.filter(key="m1").update(expires_at=now() - timedelta(seconds=1))
    async with work():
        assert await actions.forget(now(), now()) == 2


def test_secrets_are_hidden_from_eyes_and_short_words_are_not_mangled() -> None:
    assert masked("a=hush-hush&b=1", ["hush-hush", "1", 5]) == "a=•••&b=1"
    assert inbox_of("crm") == "hook:crm"
