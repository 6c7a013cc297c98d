"""Addresses that the desk gives out: of its own pages, and of its bots. Set once at start."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Links:
    """`public` is the base URL of the desk's pages, without a slash at the end, or None when there is none: then no
    Mini App and no page can be opened from outside. `bots` maps a bot (customer, technician…) to its user name;
    `telegram` is where `t.me` links point (the demo's simulator answers them itself). `inside` are the hosts
    of the company's own network that we may call, as the administrator named them."""

    public: str | None = None
    bots: dict[str, str] = field(default_factory=dict)
    telegram: str = "https://t.me"
    inside: tuple[str, ...] = ()

    def page(self, path: str) -> str | None:
        """The address of a page of ours."""
        return f"{self.public}/{path.lstrip('/')}" if self.public else None

    def start(self, bot: str, payload: str) -> str | None:
        """A deep link into a bot; None before its name is known."""
        name = self.bots.get(bot)
        return f"{self.telegram}/{name}?start={payload}" if name else None

    def proof(self, payload: str) -> str:
        """Where an act proves itself: our page, else the customer bot, else the bare payload to be typed in."""
        return self.page(f"proof/{payload}") or self.start("customer", f"a_{payload}") or payload


links = Links()
