"""What the API takes and gives, as pydantic models: they check what comes in and are the OpenAPI document's schemas."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from core.kernel.errors import Refusal
from core.kernel.ids import keys
from core.kernel.words import LOCALES

CURSOR = "api"
PAGE = 50
MOST = 200
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})")


def _moment(value: Any) -> datetime:
    """RFC 3339 and nothing else; the library would take numbers and days too."""
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        raise ValueError("RFC 3339 date and time with an offset expected")
    found = datetime.fromisoformat(value.upper())
    if not 2000 <= found.year <= 2200:
        raise ValueError("a year from 2000 to 2200 expected")
    return found


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Kind = Literal["repair", "maintenance", "install", "inspection", "other"]
Level = Literal["low", "normal", "high", "urgent"]
State = Literal["new", "offered", "assigned", "travelling", "on_site", "paused", "done", "closed", "cancelled"]


class In(BaseModel):
    """What comes in is exactly of these types, with no field that we don't know."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Asked(BaseModel):
    """Parameters of an address: text, read as what they should be."""

    model_config = ConfigDict(extra="forbid")


class Paged(Asked):
    limit: int = Field(default=PAGE, ge=1, le=MOST)
    cursor: str | None = Field(default=None, max_length=64)


def write_cursor(number: int) -> str:
    return keys().sign(CURSOR, number)


def read_cursor(text: str | None) -> int | None:
    """The place where the page before ended. Refusal api.bad_cursor for anything that this desk did not give out."""
    if text is None:
        return None
    number = keys().read(CURSOR, text)
    if number is None:
        raise Refusal("api.bad_cursor")
    return number


# orders


class NewOrder(In):
    customer_id: Id
    site_id: Id | None = None
    contact_id: Id | None = None
    words: Prose = Field(min_length=1, max_length=10_000)
    kind: Kind = "repair"
    urgency: Level = "normal"
    asset_ids: list[Id] = Field(default_factory=list, max_length=100)
    address: Line = Field(default="", max_length=300)
    lat: Lat | None = None
    lon: Lon | None = None
    wanted_from: Moment | None = None
    wanted_to: Moment | None = None


class OrderPatch(In):
    """Only what is given changes. `priority` is what the desk works by, `urgency` what the customer said."""

    words: Prose = Field(default_factory=str, min_length=1, max_length=10_000)
    kind: Kind = Field(default_factory=lambda: "repair")
    urgency: Level = Field(default_factory=lambda: "normal")
    priority: Level = Field(default_factory=lambda: "normal")
    asset_ids: list[Id] = Field(default_factory=list, max_length=100)
    address: Line = Field(default_factory=str, max_length=300)
    lat: Lat | None = None
    lon: Lon | None = None
    site_id: Id = Field(default_factory=int)
    contact_id: Id | None = None
    wanted_from: Moment | None = None
    wanted_to: Moment | None = None
    reason: Line = Field(default="", max_length=300)


class Cancel(In):
    reason: Line = Field(min_length=1, max_length=300)


class NewJob(In):
    """One more job of the order, beside those that it has."""

    title: Line = Field(min_length=1, max_length=200, pattern=r"\S")
    wanted_from: Moment | None = None
    wanted_to: Moment | None = None


class OrdersQuery(Paged):
    state: State | Literal["open", "over"] | None = None
    customer_id: Id | None = None
    q: Line | None = Field(default=None, max_length=100)


class Named(Out):
    id: int
    name: str


class ContactShort(Named):
    phone: str
    post: str


class SiteShort(Named):
    address: str
    lat: float | None
    lon: float | None


class AssetShort(Named):
    model: str
    serial: str
    inventory: str
    place: str
    criticality: int


class Technician(Named):
    phone: str


class JobOut(Out):
    """`title` says what is to be done in it where the order has several."""

    id: int
    title: str
    state: State
    stage: dict[str, str] | None = None
    technician: Technician | None
    planned_from: datetime | None
    planned_to: datetime | None
    eta_at: datetime | None
    accepted_at: datetime | None
    travelling_at: datetime | None
    arrived_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    comment: str


class DeadlineOut(Out):
    """`kind`: response, arrival, resolution, or stage: then `job_id` and `stage` say whose norm it is."""

    kind: str
    job_id: int | None
    stage: str | None
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    paused_at: datetime | None


class ActOut(Out):
    id: int
    number: str
    version: int
    state: str
    total: Decimal
    file_id: int | None
    signed_at: datetime | None
    signed_by: str | None


class RatingOut(Out):
    speed: int | None
    accuracy: int | None
    communication: int | None
    comment: str


class OrderOut(Out):
    id: int
    state: State
    kind: str
    source: str
    summary: str
    words: str
    urgency: Level
    priority: Level
    customer: Named
    site: SiteShort | None
    contact: ContactShort | None
    assets: list[AssetShort]
    address: str
    lat: float | None
    lon: float | None
    wanted_from: datetime | None
    wanted_to: datetime | None
    promised_at: datetime | None
    jobs: list[JobOut]
    deadlines: list[DeadlineOut]
    acts: list[ActOut]
    rating: RatingOut | None
    needs_help: str | None
    cancel_reason: str | None
    created_at: datetime
    closed_at: datetime | None
    revision: int


class OrderShort(Out):
    id: int
    state: State
    summary: str
    customer_id: int
    customer: str
    site: str | None
    urgency: Level
    priority: Level
    address: str
    technician: str | None
    wanted_from: datetime | None
    wanted_to: datetime | None
    promised_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    revision: int


class Orders(Out):
    """`next` is the cursor of the page that follows; null on the last."""

    items: list[OrderShort]
    next: str | None


class EntryOut(Out):
    """A line of an order's timeline. `public`: the customer reads it too."""

    id: int
    kind: str
    who: str
    facts: dict[str, Any]
    public: bool
    job_id: int | None
    at: datetime


class Timeline(Out):
    items: list[EntryOut]


class NewComment(In):
    text: Prose = Field(min_length=1, max_length=4096)
    to: Literal["team", "customer"] = "team"


class CommentOut(Out):
    id: int
    to: Literal["team", "customer"]
    who: str
    text: str
    file_id: int | None
    at: datetime


class Comments(Out):
    items: list[CommentOut]


# files


class FileQuery(Asked):
    name: Line = Field(default="", max_length=100)
    caption: Line = Field(default="", max_length=200)


class FileOut(Out):
    """`ready`: the bytes can be had. `phase`: request, before, after, proof, chat, act."""

    id: int
    kind: str
    name: str
    mime: str
    phase: str
    caption: str
    ready: bool
    at: datetime


class Files(Out):
    items: list[FileOut]


# customers, sites, assets


class SearchQuery(Paged):
    q: Line | None = Field(default=None, max_length=100)


class CustomerOut(Out):
    id: int
    name: str
    legal_name: str
    inn: str
    kpp: str
    address: str
    segment: str
    private: bool
    active: bool


class Customers(Out):
    items: list[CustomerOut]
    next: str | None


class ContactOut(Out):
    id: int
    customer_id: int
    name: str
    phone: str
    post: str
    locale: Literal[LOCALES]  # type: ignore[valid-type]
    active: bool


class Contacts(Out):
    items: list[ContactOut]


class SitesQuery(SearchQuery):
    customer_id: Id | None = None


class NewSite(In):
    customer_id: Id
    name: Line = Field(min_length=1, max_length=200, pattern=r"\S")
    address: Line = Field(default="", max_length=300)
    hint: Prose = Field(default="", max_length=300)
    lat: Lat | None = None
    lon: Lon | None = None


class SitePatch(In):
    name: Line = Field(default_factory=str, min_length=1, max_length=200)
    address: Line = Field(default_factory=str, max_length=300)
    hint: Prose = Field(default_factory=str, max_length=300)
    lat: Lat | None = None
    lon: Lon | None = None
    active: bool = Field(default_factory=bool)


class SiteOut(Out):
    id: int
    customer_id: int
    customer: str
    name: str
    address: str
    hint: str
    lat: float | None
    lon: float | None
    active: bool


class Sites(Out):
    items: list[SiteOut]
    next: str | None


class AssetsQuery(SearchQuery):
    site_id: Id | None = None


class NewAsset(In):
    """`type` is the code of a kind of equipment."""

    site_id: Id
    type: Line = Field(min_length=1, max_length=32)
    name: Line = Field(min_length=1, max_length=200)
    model: Line = Field(default="", max_length=100)
    serial: Line = Field(default="", max_length=100)
    inventory: Line = Field(default="", max_length=50)
    place: Line = Field(default="", max_length=200)
    criticality: int = Field(default=2, ge=1, le=3)


class AssetPatch(In):
    site_id: Id = Field(default_factory=int)
    name: Line = Field(default_factory=str, min_length=1, max_length=200)
    model: Line = Field(default_factory=str, max_length=100)
    serial: Line = Field(default_factory=str, max_length=100)
    inventory: Line = Field(default_factory=str, max_length=50)
    place: Line = Field(default_factory=str, max_length=200)
    criticality: int = Field(default_factory=lambda: 2, ge=1, le=3)
    active: bool = Field(default_factory=bool)


class AssetOut(Out):
    id: int
    site_id: int
    site: str
    customer_id: int
    type: str
    name: str
    model: str
    serial: str
    inventory: str
    place: str
    criticality: int
    active: bool


class Assets(Out):
    items: list[AssetOut]
    next: str | None


# events


class EventsQuery(Paged):
    type: Line | None = Field(default=None, max_length=500)


class EventOut(Out):
    """`data.order` is the order as it was then; what else is in `data` depends on `type`."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


class Events(Out):
    """`next` is where to go on from, also when there was nothing new."""

    items: list[EventOut]
    next: str


class Me(Out):
    name: str
    scopes: list[str]
    per_minute: int
