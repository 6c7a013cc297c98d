"""Addresses that the desk gives out: of its own pages, and of its bots. Set once at start."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


def loopback(url: str) -> bool:
    """Whether the address opens on its own machine only."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def fits_button(url: str) -> bool:
    """Whether Telegram takes this address behind a button: of the web, its host with a dot, and none of the machine's
    own. One that it refuses takes the whole message along."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and ("." in host or ":" in host) and not loopback(url)
    except ValueError:
        return False


@dataclass(slots=True)
class Links:
    """`public` is the base URL of the desk's pages, without a slash at the end, or None when there is none: then no
    Mini App and no page can be opened from outside. `own` is where the web listens on its machine. `boxed`: our
    Telegram is the simulator, which opens the machine's own addresses too. `bots` maps a bot (customer, technician…)
    to its user name; `telegram` is where `t.me` links point. `inside` are the hosts of the company's own network that
    we may call, as the administrator named them."""

    public: str | None = None
    own: str = "http://127.0.0.1:8080"
    boxed: bool = False
    bots: dict[str, str] = field(default_factory=dict)
    telegram: str = "https://t.me"
    inside: tuple[str, ...] = ()

    @property
    def apps(self) -> str | None:
        """Where Mini Apps are, or None when they can't be opened: Telegram asks for https and a host that it takes."""
        if self.public is None:
            return None
        if self.boxed and loopback(self.public):
            return self.public
        return self.public if self.public.startswith("https://") and fits_button(self.public) else None

    @property
    def tunnel(self) -> str | None:
        """What `ssh -L` needs to bring `own` to another computer; None where no tunnel is needed."""
        parts = urlsplit(self.own)
        return f"{parts.port}:{parts.netloc}" if loopback(self.own) else None

    def page(self, path: str) -> str | None:
        """The address of a page of ours."""
        return f"{self.public}/{path.lstrip('/')}" if self.public else None

    def own_page(self, path: str) -> str:
        """The same page on the machine itself."""
        return f"{self.own}/{path.lstrip('/')}"

    def start(self, bot: str, payload: str) -> str | None:
        """A deep link into a bot; None before its name is known."""
        name = self.bots.get(bot)
        return f"{self.telegram}/{name}?start={payload}" if name else None

    def proof(self, payload: str) -> str:
        """Where an act proves itself: our page, else the customer bot, else the bare payload to be typed in."""
        return self.page(f"proof/{payload}") or self.start("customer", f"a_{payload}") or payload


def listens_at(host: str, port: int) -> str:
    """The base URL of a web that listens there; one that listens everywhere is reached on its machine's loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


links = Links()
