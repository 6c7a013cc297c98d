import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from core.adapters.disk import Disk, place_of
from core.adapters.s3 import S3, read_bucket
from core.files.actions import Stored, store
from core.kernel.work import work
from naryad.archive import FORMAT, BadArchive, Manifest, Writer, unpack
from naryad.commands.backup import backup
from naryad.errors import OperatorError

CONTENT = {place_of(hashlib.sha256(one).hexdigest()): one for one in (b"a photo", b"", bytes(range(256)) * 5000)}
OTHER = "another secret of this machine alone".replace(" ", "-")
PHOTO = f"files/{next(iter(CONTENT))}"


@pytest.fixture
def place(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, object]:
    """Settings of the desk that is saved, with files in its storage."""
    home = tmp_path / "saved"
    for name, content in CONTENT.items():
        path = home / "files" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return {"NARYAD_DATABASE_URL": database_url, "NARYAD_REDIS_URL": redis_url, "NARYAD_HOME": home}


@pytest.fixture
def elsewhere(empty_database_url: str, redis_url: str, tmp_path: Path) -> dict[str, object]:
    """Settings of an empty desk."""
    return {
        "NARYAD_DATABASE_URL": empty_database_url,
        "NARYAD_REDIS_URL": redis_url,
        "NARYAD_HOME": tmp_path / "restored",
    }


@pytest.fixture
async def connection(empty_database_url: str):
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


def plain(value: object) -> object:
    """A definition without casts and brackets: PostgreSQL writes those of a reloaded expression another way."""
    return re.sub(r"::character varying|::text\[\]|::text|[()]", "", value) if isinstance(value, str) else value


async def everything(url: object) -> dict[str, object]:
    """Every table with its rows, every sequence with its value, every constraint and index."""
    connection = await asyncpg.connect(str(url))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found: dict[str, object] = {}
        for (table,) in tables:
            rows = await connection.fetch(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            found[table] = [row[0] for row in rows]
        for name, sql in {
            "sequences": "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
            "constraints": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
            "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
        }.items():
            found[f"#{name}"] = [tuple(map(plain, row)) for row in await connection.fetch(sql)]
        return found
    finally:
        await connection.close()


def files(home: object) -> dict[str, bytes]:
    root = Path(str(home)) / "files"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def test_a_whole_desk_goes_into_a_file_and_comes_back(world, naryad, place, elsewhere, tmp_path, redis_url):
    saved = naryad("backup", "desk.tar.gz", **place)
    assert saved.returncode == 0, saved.stderr
    assert (tmp_path / "desk.tar.gz").stat().st_mode & 0o077 == 0
    async with Redis.from_url(redis_url) as redis:
        await redis.mset({"naryad:stale": 1, "another:kept": 1})

    restored = naryad("restore", "desk.tar.gz", **elsewhere)

    assert restored.returncode == 0, restored.stderr
    before, after = await everything(place["NARYAD_DATABASE_URL"]), await everything(elsewhere["NARYAD_DATABASE_URL"])
    assert before["people_members"]
    assert after == before
    assert files(elsewhere["NARYAD_HOME"]) == CONTENT
    secret = Path(str(place["NARYAD_HOME"])) / "secret"
    again = Path(str(elsewhere["NARYAD_HOME"])) / "secret"
    assert again.read_text() == secret.read_text()
    assert again.stat().st_mode & 0o077 == 0
    async with Redis.from_url(redis_url) as redis:
        assert await redis.keys("*") == [b"another:kept"]
    assert not list(Path(str(elsewhere["NARYAD_HOME"])).glob("restore-*"))


async def test_a_secret_that_signs_nothing_of_the_copy_is_refused(naryad, place, elsewhere, connection):
    assert naryad("backup", "desk.tar.gz", **place).returncode == 0
    theirs = (Path(str(place["NARYAD_HOME"])) / "secret").read_text()

    refused = naryad("restore", "desk.tar.gz", **elsewhere | {"NARYAD_SECRET": OTHER})
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "NARYAD_SECRET" in refused.stderr
    assert theirs not in refused.stderr
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()

    restored = naryad("restore", "desk.tar.gz", **elsewhere | {"NARYAD_SECRET": f"{OTHER},{theirs}"})
    assert restored.returncode == 0, restored.stderr


async def test_a_copy_without_a_secret_says_that_one_is_to_be_set(naryad, place, elsewhere):
    signed = {"NARYAD_SECRET": OTHER}
    assert naryad("backup", "desk.tar.gz", **place | signed).returncode == 0
    restored = naryad("restore", "desk.tar.gz", **elsewhere)
    assert restored.returncode == 0, restored.stderr
    assert "NARYAD_SECRET" in restored.stdout
    assert "NARYAD_SECRET" not in naryad("restore", "--force", "desk.tar.gz", **elsewhere | signed).stdout


async def test_nothing_is_replaced_unless_forced(naryad, place, elsewhere):
    assert naryad("backup", "desk.tar.gz", **place).returncode == 0
    assert naryad("restore", "desk.tar.gz", **elsewhere).returncode == 0
    stray = Path(str(elsewhere["NARYAD_HOME"])) / "files" / "stray"
    stray.write_bytes(b"later")

    refused = naryad("restore", "desk.tar.gz", **elsewhere)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "--force" in refused.stderr
    assert stray.exists()

    assert naryad("restore", "--force", "desk.tar.gz", **elsewhere).returncode == 0
    assert files(elsewhere["NARYAD_HOME"]) == CONTENT


async def bucket_holds(url: str) -> dict[str, bytes]:
    storage = S3(read_bucket(url))
    return {place_of(name): await storage.get(name) async for name, _ in storage.kept()}


async def test_files_move_into_a_bucket_and_back_with_a_backup(world, naryad, place, elsewhere, bucket, tmp_path):
    """Other desks may keep theirs in the same bucket: what is of another company is in no copy of ours."""
    async with work():
        for name, content in CONTENT.items():
            await store(Stored(name.rpartition("/")[2], len(content)), kind="photo")
    away = elsewhere | {"NARYAD_FILES_URL": bucket}
    theirs = hashlib.sha256(b"theirs").hexdigest()
    assert naryad("backup", "folder.tar.gz", **place).returncode == 0

    restored = naryad("restore", "folder.tar.gz", **away)
    assert restored.returncode == 0, restored.stderr
    assert await bucket_holds(bucket) == CONTENT
    assert files(elsewhere["NARYAD_HOME"]) == {}
    assert "--force" in naryad("restore", "folder.tar.gz", **away).stderr

    await S3(read_bucket(bucket)).put(theirs, b"theirs")
    saved = naryad("backup", "bucket.tar.gz", **away)
    assert saved.returncode == 0, saved.stderr
    home = tmp_path / "third"
    again = naryad("restore", "--force", "bucket.tar.gz", **elsewhere | {"NARYAD_HOME": home})
    assert again.returncode == 0, again.stderr
    assert files(home) == CONTENT


@pytest.mark.parametrize("command", ["backup", "restore"])
async def test_a_bucket_that_does_not_answer_changes_nothing(naryad, place, archive, command):
    before = await everything(place["NARYAD_DATABASE_URL"])
    away = place | {"NARYAD_FILES_URL": "s3+http://key:hunter2@127.0.0.1:1/files"}
    options = ["other.tar.gz"] if command == "backup" else ["--force", archive]

    done = naryad(command, *options, **away)

    assert done.returncode == 1
    assert "no answer" in done.stderr
    assert "NARYAD_FILES_URL" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr
    assert await everything(place["NARYAD_DATABASE_URL"]) == before
    assert not (archive.parent / "other.tar.gz").exists()


async def test_a_desk_in_use_is_not_replaced(naryad, place, elsewhere, connection):
    assert naryad("backup", "desk.tar.gz", **place).returncode == 0
    refused = naryad("restore", "--force", "desk.tar.gz", **elsewhere)
    assert refused.returncode == 1
    assert "in use (connections: 1)" in refused.stderr
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.parametrize("when", ["it was listed", "it was found"])
def test_a_file_that_went_away_meanwhile_is_named(place, tmp_path, monkeypatch, when):
    gone = next(iter(CONTENT)).rpartition("/")[2]

    class Cleaned(Disk):
        async def kept(self):
            async for one in super().kept():
                yield one
            if when == "it was listed":
                (self._root / place_of(gone)).unlink()

        async def path(self, sha256):
            found = await super().path(sha256)
            if sha256 == gone and found:
                found.unlink()
            return found

    for name, value in place.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("naryad.wiring.storage_for", lambda settings: Cleaned(settings.files))
    with pytest.raises(OperatorError) as refused:
        backup(tmp_path / "desk.tar.gz")
    assert (refused.value.code, refused.value.data["name"]) == ("backup.file_gone", gone)
    assert not list(tmp_path.glob("desk*"))


def test_a_backup_never_overwrites(naryad, place, tmp_path):
    (tmp_path / "desk.tar.gz").write_text("mine")
    assert "exists already" in naryad("backup", "desk.tar.gz", **place).stderr
    assert (tmp_path / "desk.tar.gz").read_text() == "mine"


def test_an_empty_database_is_not_saved(naryad, elsewhere, tmp_path):
    done = naryad("backup", "desk.tar.gz", **elsewhere)
    assert done.returncode == 1
    assert "nothing to save" in done.stderr
    assert not (tmp_path / "desk.tar.gz").exists()


def entry(name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.type = kind
    return info, content


def pack(path: Path, *entries: tuple[tarfile.TarInfo, bytes], **changes: object) -> None:
    """An archive made by hand, whose manifest is true unless `changes` say otherwise."""
    listed = {info.name: {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)} for info, body in entries}
    manifest = {"made_at": "", "server": "18", "migrations": [], "entries": listed, "format": FORMAT} | changes
    with tarfile.open(path, "w:gz") as tar:
        for info, body in (*entries, entry("manifest.json", json.dumps(manifest).encode())):
            tar.addfile(info, io.BytesIO(body))


def with_manifest(path: Path, content: bytes) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(*_stream(entry("manifest.json", content)))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path: Path) -> None:
    plain = bytearray(gzip.decompress(path.read_bytes()))
    where = plain.index(b"a photo")
    plain[where] ^= 1
    path.write_bytes(gzip.compress(bytes(plain)))


def without_manifest(path: Path) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(*_stream(entry("database.sql", b"SELECT 1;")))


def _stream(made: tuple[tarfile.TarInfo, bytes]) -> tuple[tarfile.TarInfo, io.BytesIO]:
    return made[0], io.BytesIO(made[1])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a text": (lambda path: path.write_text("not an archive"), "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "cut short": (cut, "Nothing was changed"),
    "a flipped bit": (flipped, "does not match its manifest"),
    "unfinished": (without_manifest, "unfinished"),
    "a way out": (lambda path: pack(path, entry("files/../../evil", b"x")), "strange entry"),
    "an absolute path": (lambda path: pack(path, entry("/etc/evil", b"x")), "strange entry"),
    "a link": (lambda path: pack(path, entry("files/evil", b"", tarfile.SYMTYPE)), "strange entry"),
    "an unlisted file": (lambda path: pack(path, entry("files/more", b"x"), entries={}), "does not match"),
    "a newer format": (lambda path: pack(path, entry("database.sql", b""), format=FORMAT + 1), "newer version"),
    "a strange manifest": (lambda path: pack(path, entry("database.sql", b""), surprise=1), "damaged"),
    "a manifest that is a list": (lambda path: with_manifest(path, b"[]"), "damaged"),
    "a manifest that is no text": (lambda path: with_manifest(path, b"\xff"), "damaged"),
    "a manifest without end": (lambda path: with_manifest(path, b"[" * 100_000), "damaged"),
    "entries in a list": (lambda path: pack(path, entry("database.sql", b""), entries=["database.sql"]), "damaged"),
    "an entry that is a text": (lambda path: pack(path, entry("files/a", b""), entries={"files/a": "x"}), "not match"),
    "migrations that are a number": (lambda path: pack(path, entry("database.sql", b""), migrations=7), "damaged"),
    "migrations that are lists": (lambda path: pack(path, entry("database.sql", b""), migrations=[[]]), "damaged"),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A good file, to be spoilt."""
    photo = tmp_path / "photo"
    photo.write_bytes(b"a photo")
    writer = Writer(tmp_path / "desk.tar.gz", Manifest("", "18", []))
    writer.add(PHOTO, photo, lambda _: None)
    writer.close()
    return tmp_path / "desk.tar.gz"


def test_a_good_file_is_unpacked(archive, tmp_path):
    assert unpack(archive, tmp_path / "there", lambda _: None).entries.keys() == {PHOTO}
    assert (tmp_path / "there" / PHOTO).read_bytes() == b"a photo"


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused(archive, what, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    spoil, says = BAD[what]
    spoil(archive)
    with pytest.raises(BadArchive) as refused:
        unpack(archive, tmp_path / "deep" / "there", lambda _: None)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (cut, "Nothing was changed"),
        (lambda path: pack(path, entry("database.sql", b""), migrations=["9999_later"]), "9999_later"),
        (lambda path: pack(path, entry("database.sql", b"CREATE TABLE x (); NONSENSE;")), "as it was"),
    ],
    ids=["a damaged file", "a newer schema", "a broken dump"],
)
async def test_a_desk_stays_as_it_was_when_it_cannot_be_replaced(naryad, place, archive, spoil, says):
    spoil(archive)
    before = await everything(place["NARYAD_DATABASE_URL"])

    done = naryad("restore", "--force", archive, **place)

    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert await everything(place["NARYAD_DATABASE_URL"]) == before
    assert files(place["NARYAD_HOME"]) == CONTENT
    assert not list(Path(str(place["NARYAD_HOME"])).glob("restore-*"))


def test_a_folder_that_takes_no_file_is_told(naryad, place):
    found = naryad("backup", "/proc/copy.tar.gz", **place)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "/proc/copy.tar.gz was not written" in found.stderr
