import pytest

FILE = """
[source.crm]
kind = "standardwebhooks"
name = "CRM"

[source.ats]
kind = "mango"
name = "PBX"

[source.ats.secrets]
vpbx_api_key = { env = "VB_KEY" }
vpbx_api_salt = { env = "VB_SALT" }
"""
SECRETS = {"VB_KEY": "the-key-itself", "VB_SALT": "the-salt-itself"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def place(database_url, redis_url):
    return {
        "NARYAD_DATABASE_URL": database_url,
        "NARYAD_REDIS_URL": redis_url,
        "NARYAD_PUBLIC_URL": "https://d.example",
    }


def test_a_file_is_applied_once_and_printed_again(naryad, file, place):
    asked = naryad("sources", file, **place, **SECRETS)
    assert (asked.returncode, "--yes" in asked.stderr) == (1, True)
    assert "+ crm: will be connected" in asked.stdout
    done = naryad("sources", file, "--yes", **place, **SECRETS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "crm: https://d.example/hooks/crm" in done.stdout
    assert done.stdout.count("whsec_") == 1
    again = naryad("sources", file, "--yes", **place, **SECRETS)
    assert (again.returncode, "Nothing to change." in again.stdout) == (0, True)
    printed = naryad("sources", "--export", **place)
    assert not any(secret in one.stdout for one in (done, again, printed) for secret in SECRETS.values())
    assert "whsec_" not in again.stdout + printed.stdout
    assert printed.stdout.startswith('[source.ats]\nkind = "mango"')


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (FILE, "source.ats.secrets.vpbx_api_key: the environment has no VB_KEY"),
        ("[source.x1]\n[source.x1]", "is not TOML"),
    ],
)
def test_a_bad_file_gets_one_line(naryad, tmp_path, text, line):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    done = naryad("sources", path, "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert (len(done.stderr.splitlines()), line in done.stderr) == (1, True)
