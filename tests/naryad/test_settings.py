import os
from pathlib import Path

import pytest

from naryad.settings import Settings, SettingsError, load

TOKEN = "123456789:AAEhBP0av28LqWe3d9b7f6_nKqXo-yZ"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("NARYAD_") and name != "NARYAD_STRICT_WORDS":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARYAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def test_nothing_need_be_set(tmp_path):
    settings = load()
    assert settings.home == tmp_path / "home"
    assert settings.database_url is None
    assert settings.telegram_api == "https://api.telegram.org"
    assert settings.tokens == {}
    assert not settings.webhooks


def test_empty_is_unset(monkeypatch):
    monkeypatch.setenv("NARYAD_WEB_PORT", "")
    monkeypatch.setenv("NARYAD_DATABASE_URL", "")
    assert (load().web_port, load().database_url) == (8080, None)


def test_a_file_beside_us_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("NARYAD_WEB_PORT=9000\nNARYAD_UPDATES=polling\nOTHER=1\n")
    monkeypatch.setenv("NARYAD_UPDATES", "auto")
    assert (load().web_port, load().updates) == (9000, "auto")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEB_PORT", "http", "“http”"),
        ("WEB_PORT", "70000", "0 to 65535"),
        ("UPDATES", "sometimes", "auto, polling, webhook"),
        ("UPDATES", "webhook", "NARYAD_PUBLIC_URL"),
        ("DATABASE_URL", "mysql://there/desk", "postgresql://user:password@server:5432/database"),
        ("DATABASE_URL", "postgresql://there", "postgresql://user:password@server:5432/database"),
        ("DATABASE_URL", "postgresql://there:port/desk", "postgresql://user:password@server:5432/database"),
        ("REDIS_URL", "localhost:6379", "redis://server:6379/0"),
        ("FILES_URL", "s3://key:hunter2@/bucket", "“host”"),
        ("PUBLIC_URL", "desk.example.com", "https://"),
        ("TELEGRAM_API", "api", "https://"),
        ("CUSTOMER_TOKEN", "my token", "BotFather"),
        ("SECRET", "short", "16 characters"),
        ("LOG_LEVEL", "loud", "debug, info"),
    ],
)
def test_a_wrong_value_is_said_in_one_line(monkeypatch, name, value, says):
    monkeypatch.setenv(f"NARYAD_{name}", value)
    with pytest.raises(SettingsError) as wrong:
        load()
    line = str(wrong.value)
    assert f"NARYAD_{name}" in line
    assert says in line
    assert "\n" not in line
    assert "hunter2" not in line


@pytest.mark.parametrize("name", ["DATABASE_URL", "CUSTOMER_TOKEN", "SECRET"])
def test_a_wrong_secret_is_not_repeated(monkeypatch, name):
    monkeypatch.setenv(f"NARYAD_{name}", "hunter2")
    with pytest.raises(SettingsError) as wrong:
        load()
    assert "hunter2" not in str(wrong.value)


def test_two_bots_with_one_token_are_refused(monkeypatch):
    monkeypatch.setenv("NARYAD_CUSTOMER_TOKEN", TOKEN)
    monkeypatch.setenv("NARYAD_DISPATCHER_TOKEN", TOKEN)
    with pytest.raises(SettingsError, match="token of its own"):
        load()


@pytest.mark.parametrize(
    ("url", "updates", "webhooks"),
    [
        (None, "auto", False),
        ("https://desk.example.com/", "auto", True),
        ("http://127.0.0.1:8080", "auto", False),
        ("http://127.0.0.1:8080", "webhook", True),
        ("https://desk.example.com", "polling", False),
    ],
)
def test_how_updates_come(url, updates, webhooks):
    assert load(public_url=url, updates=updates).webhooks is webhooks


def test_secrets_may_be_several(monkeypatch):
    monkeypatch.setenv("NARYAD_SECRET", f"{'a' * 16}, {'b' * 20}\n{'c' * 16}")
    assert load().secrets == ("a" * 16, "b" * 20, "c" * 16)


def test_a_secret_is_made_once_and_closed_to_others(tmp_path):
    first = load().secrets
    assert load().secrets == first
    assert len(first) == 1
    assert len(first[0]) >= 32
    assert (tmp_path / "home/secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret"]


def test_its_repr_keeps_secrets():
    shown = repr(Settings(customer_token=TOKEN, database_url="postgresql://u:hunter2@there/desk"))
    assert TOKEN not in shown
    assert "hunter2" not in shown


SMS = "twilio://AC0123456789:hunter2-hunter2@/?from=+74951234567"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SMS", "hunter2", "twilio://ACxxxxxxxx:auth-token@/?from=+74951234567, smsc://"),
        ("SMS", SMS.partition("?")[0], "“from” is missing"),
        ("SMS", SMS + "&hunter2=1", "unknown after the “?”"),
        ("VOICE", "smsc://firma:hunter2@/", "vonage://"),
        ("VOICE", SMS.replace("AC", "XX"), "“user” is missing or wrong"),
        ("VOICE", "vonage://11111111-2222-3333-4444-555555555555@/?from=74951234567&key=/none", "private RSA key"),
        ("WHATSAPP", SMS, "whatsapp://106540352242922:"),
        ("WHATSAPP", "whatsapp://106540352242922:hunter2@/", "“secret” is missing or wrong"),
        ("WHATSAPP", "whatsapp://106540352242922:hunter2-hunter2-hunter2@/?template=No", "“template” is missing"),
        ("MAX", "max://id7700000000_bot:hunter2@/", "“secret” is missing or wrong"),
        ("VK", "vk://club:hunter2-hunter2-hunter2@/", "“user” is missing or wrong"),
    ],
)
def test_a_wrong_vendor_says_how_to_mend_it(monkeypatch, name, value, says):
    monkeypatch.setenv(f"NARYAD_{name}", value)
    with pytest.raises(SettingsError) as wrong:
        load()
    line = str(wrong.value)
    assert f"NARYAD_{name}" in line
    assert says in line
    assert "hunter2" not in line


def test_a_vendor_is_kept_out_of_the_repr(monkeypatch):
    monkeypatch.setenv("NARYAD_SMS", SMS)
    settings = load()
    assert settings.texters == {"sms": SMS, "voice": None}
    assert "hunter2" not in repr(settings)
