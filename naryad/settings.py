"""The process's settings: the environment (`NARYAD_*`), then a file `.env` in the current folder."""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.adapters.geocoders import EXAMPLES, BadGeocoder, check_service
from core.adapters.messengers import VENDORS as MESSENGERS
from core.adapters.messengers import check_messenger
from core.adapters.s3 import EXAMPLE, BadBucket, read_bucket
from core.adapters.telephone import BadAccount
from core.adapters.texters import check_account
from naryad.errors import OperatorError

PREFIX = "NARYAD_"
BOTS = ("customer", "technician", "dispatcher")
TELEGRAM = "https://api.telegram.org"
SECRET_MIN = 16
URLS = {"database_url", "redis_url", "files_url", "geocoder", "smtp_url", "sms", "voice", "whatsapp", "max", "vk"}
PRIVATE = URLS | {"secret", *(f"{bot}_token" for bot in BOTS)}
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")

Private = Annotated[str | None, Field(repr=False)]


class SettingsError(OperatorError):
    """A setting that cannot be used: its name, and what it should be."""

    exit_code = 2


def default_home() -> Path:
    """`.data` in a checkout, else the user's folder for data."""
    root = Path(__file__).resolve().parents[1]
    if (root / "pyproject.toml").exists():
        return root / ".data"
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "naryad"


class Settings(BaseSettings):
    """Read by `load()`. URLs and tokens are kept out of its repr."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(default_factory=default_home)
    database_url: Private = None
    redis_url: Private = None
    files_url: Private = None
    redis_prefix: str = "naryad:"
    telegram_api: str = TELEGRAM
    customer_token: Private = None
    technician_token: Private = None
    dispatcher_token: Private = None
    public_url: str | None = None
    tiles_url: str = ""
    geocoder: Private = None
    smtp_url: Private = None
    mail_from: str = ""
    sms: Private = None
    voice: Private = None
    whatsapp: Private = None
    max: Private = None
    vk: Private = None
    mail_host: str = "127.0.0.1"
    smtp_port: int | None = Field(default=None, ge=0, le=65535)
    lmtp_port: int | None = Field(default=None, ge=0, le=65535)
    updates: Literal["auto", "polling", "webhook"] = "auto"
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8080, ge=0, le=65535)
    simulator_port: int = Field(default=8081, ge=0, le=65535)
    secret: Annotated[tuple[str, ...], NoDecode, Field(repr=False)] = ()
    inside_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    _generated: tuple[str, ...] = PrivateAttr(default=())

    @property
    def tokens(self) -> dict[str, str]:
        """The bots that have a token: name to token."""
        return {bot: token for bot in BOTS if (token := getattr(self, f"{bot}_token"))}

    @property
    def texters(self) -> dict[str, str | None]:
        """The URL of each vendor that reaches telephones, by its channel."""
        return {"sms": self.sms, "voice": self.voice}

    @property
    def messengers(self) -> dict[str, str | None]:
        """The URL of each messenger's account, by its channel."""
        return {"whatsapp": self.whatsapp, "max": self.max, "vk": self.vk}

    @property
    def webhooks(self) -> bool:
        """Does Telegram deliver to us, or do we poll? `auto`: delivery where the public URL is https."""
        if self.updates == "auto":
            return bool(self.public_url and self.public_url.startswith("https://"))
        return self.updates == "webhook"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The first signs, all verify. Without NARYAD_SECRET: one made once and kept in `home/secret`."""
        return self.secret or self._secret_file()

    @property
    def files(self) -> Path:
        """Where bytes of files are kept, unless NARYAD_FILES_URL names a bucket."""
        return self.home / "files"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("secret", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(re.split(r"[,\s]+", value.strip())) if isinstance(value, str) else value

    @field_validator("inside_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return tuple(re.split(r"[,\s]+", value.strip())) if isinstance(value, str) else value

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(one) < SECRET_MIN for one in value):
            raise _wrong("secret", least=SECRET_MIN)
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        return _url(value, ("postgresql", "postgres"), "database_url", needs_path=True)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        return _url(value, ("redis", "rediss", "unix"), "redis_url")

    @field_validator("files_url")
    @classmethod
    def _bucket(cls, value: str | None) -> str | None:
        if value:
            try:
                read_bucket(value)
            except BadBucket as wrong:
                raise _wrong("files_url", part=str(wrong), example=EXAMPLE) from None
        return value

    @field_validator("geocoder")
    @classmethod
    def _service(cls, value: str | None) -> str | None:
        if value:
            try:
                check_service(value)
            except BadGeocoder:
                raise _wrong("geocoder", examples=EXAMPLES) from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str | None) -> str | None:
        return _url(value, ("smtp", "smtps"), "smtp_url")

    @field_validator("sms", "voice", "whatsapp", "max", "vk")
    @classmethod
    def _account(cls, value: str | None, info: ValidationInfo) -> str | None:
        channel = str(info.field_name)
        if value:
            try:
                check_messenger(channel, value) if channel in MESSENGERS else check_account(channel, value)
            except BadAccount as wrong:
                code = f"texter_{wrong.part}" if wrong.part in ("vendor", "key", "options") else "texter_part"
                raise _wrong(code, part=wrong.part, example=wrong.example) from None
        return value

    @field_validator("telegram_api", "public_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        found = _url(value, ("https", "http"), "url")
        return found.rstrip("/") if found else found

    @field_validator("customer_token", "technician_token", "dispatcher_token")
    @classmethod
    def _token(cls, value: str | None) -> str | None:
        if value is not None and not TOKEN.fullmatch(value):
            raise _wrong("token")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.smtp_url and "@" not in self.mail_from:
            raise _wrong("mail_from")
        if len(set(self.tokens.values())) != len(self.tokens):
            raise _wrong("same_token", names=", ".join(f"{PREFIX}{bot.upper()}_TOKEN" for bot in self.tokens))
        if self.updates == "webhook" and not self.public_url:
            raise _wrong("webhook_needs_url")
        return self

    def _secret_file(self) -> tuple[str, ...]:
        path = self.home / "secret"
        if not path.exists():
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create_once(path, secrets.token_urlsafe(32))
        return tuple(path.read_text().split())


def load(**overrides: Any) -> Settings:
    """The settings of this process; SettingsError says in one line what is wrong with them."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise _explain(error) from None


def _explain(error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    context = first.get("ctx", {})
    name = f"{PREFIX}{field.upper()}"
    shown = "" if field in PRIVATE or not field else str(first["input"])
    match first["type"]:
        case "naryad":
            reason = dict(context)
            return SettingsError(f"settings.{reason.pop('code')}", name=name, value=shown, **reason)
        case "literal_error":
            return SettingsError("settings.choice", name=name, value=shown, choices=_list(context["expected"]))
        case "int_parsing" | "greater_than_equal" | "less_than_equal" | "int_from_float":
            return SettingsError("settings.number", name=name, value=shown)
    return SettingsError("settings.other", name=name, value=shown, reason=first["msg"])


def _list(expected: str) -> str:
    return expected.replace(" or ", ", ").replace("'", "")


def _wrong(code: str, **data: Any) -> PydanticCustomError:
    return PydanticCustomError("naryad", "{code}", {"code": code, **data})


def _url(value: str | None, schemes: tuple[str, ...], code: str, *, needs_path: bool = False) -> str | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise _wrong(code, schemes=", ".join(schemes)) from None
    placed = parts.netloc or parts.path
    if parts.scheme not in schemes or not placed or (needs_path and len(parts.path) < 2):
        raise _wrong(code, schemes=", ".join(schemes))
    return value


def _create_once(path: Path, text: str) -> None:
    """Whole or not at all, also when two processes start together: the second keeps the first's."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
