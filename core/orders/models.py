"""Orders and jobs: a customer's request and one technician's task in it."""

from tortoise import fields

from core.kernel.model import Model


class Lifecycle(Model):
    """A version of the configured stages; a running job keeps its version. `stages` as in `orders/rules.py`."""

    id = fields.IntField(primary_key=True)
    stages: list = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "orders_lifecycles"


class Order(Model):
    """A request. Its id is its number. `state` is a pure function of its jobs' states (see rules). `urgency` is what
    the customer said (low, normal, high, urgent), `priority` what the desk works by. `revision` grows with each change
    and orders the cards. `wanted_*` is the time window that suits the customer. `source`: telegram, desk, demo…
    `summary` is the first line of the words. `request_key` is the caller's own name of the request, once per customer:
    a repeated request is the same order. `merged_into`: the order of the same trouble under which it goes on."""

    id = fields.BigIntField(primary_key=True)
    customer = fields.ForeignKeyField("models.Customer", related_name="orders", on_delete=fields.RESTRICT)
    customer_id: int
    site = fields.ForeignKeyField("models.Site", related_name="orders", null=True, on_delete=fields.RESTRICT)
    site_id: int | None
    contact = fields.ForeignKeyField("models.Contact", related_name="orders", null=True, on_delete=fields.RESTRICT)
    contact_id: int | None
    kind = fields.CharField(32, default="repair")
    source = fields.CharField(16, default="telegram")
    summary = fields.CharField(200)
    words = fields.TextField(default="")
    urgency = fields.CharField(8, default="normal")
    priority = fields.CharField(8, default="normal")
    state = fields.CharField(10, default="new")
    address = fields.CharField(300, default="")
    lat = fields.FloatField(null=True)
    lon = fields.FloatField(null=True)
    wanted_from = fields.DatetimeField(null=True)
    wanted_to = fields.DatetimeField(null=True)
    promised_at = fields.DatetimeField(null=True)
    group_id = fields.BigIntField(null=True)
    revision = fields.BigIntField(default=1)
    needs_help = fields.CharField(64, null=True)
    created_by = fields.CharField(32)
    created_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(300, null=True)
    request_key = fields.CharField(64, null=True)
    merged_into = fields.BigIntField(null=True)

    class Meta:
        table = "orders_orders"
        unique_together = (("customer_id", "request_key"),)
        indexes = (("customer_id", "id"), ("site_id", "id"), ("state", "id"))


class OrderAsset(Model):
    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="asset_links", on_delete=fields.CASCADE)
    order_id: int
    asset = fields.ForeignKeyField("models.Asset", related_name="order_links", on_delete=fields.RESTRICT)
    asset_id: int

    class Meta:
        table = "orders_order_assets"
        unique_together = (("order", "asset"),)
        indexes = (("asset_id",),)


class Job(Model):
    """A technician's task. States: new, offered, assigned, travelling, on_site, paused, done, closed, cancelled.
    `outcome`: done, partly, no_access, part_needed (set when done). `lifecycle_id` is the version it runs by.
    `stage` is the configured stage's code. `return_of` is the job whose return visit this is. `eta_at` is the
    arrival time told to the customer. `title` says what this job is about where the order's words do not.
    `comment` is the technician's closing word. `duration` is planned minutes on site. `needs_help` says why a job that
    nobody has waits for a dispatcher; its order's is that of one of its jobs. `fee` is what its contractor gets for it,
    in roubles (null: nothing was agreed, or it is nobody's from outside)."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="jobs", on_delete=fields.CASCADE)
    order_id: int
    assignee = fields.ForeignKeyField("models.Member", related_name="jobs", null=True, on_delete=fields.RESTRICT)
    assignee_id: int | None
    state = fields.CharField(10, default="new")
    stage = fields.CharField(32, default="new")
    lifecycle = fields.ForeignKeyField("models.Lifecycle", related_name="jobs", on_delete=fields.RESTRICT)
    lifecycle_id: int
    return_of = fields.ForeignKeyField("models.Job", related_name="returns", null=True, on_delete=fields.RESTRICT)
    return_of_id: int | None
    planned_from = fields.DatetimeField(null=True)
    planned_to = fields.DatetimeField(null=True)
    duration = fields.IntField(default=60)
    fee = fields.DecimalField(12, 2, null=True)
    eta_at = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    travelling_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(12, null=True)
    title = fields.CharField(200, default="", db_default="")
    comment = fields.TextField(default="")
    needs_help = fields.CharField(64, null=True)
    revision = fields.BigIntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "orders_jobs"
        indexes = (("order_id",), ("assignee_id", "state"), ("state",))


class Entry(Model):
    """A line of an order's timeline: what happened, who did it, with which facts. Never changed, never deleted.
    `public` lines are shown to the customer."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="entries", on_delete=fields.CASCADE)
    order_id: int
    job_id = fields.BigIntField(null=True)
    kind = fields.CharField(48)
    party = fields.CharField(32)
    who = fields.CharField(200, default="")
    facts: dict = fields.JSONField(default=dict)
    public = fields.BooleanField(default=False)
    at = fields.DatetimeField()

    class Meta:
        table = "orders_entries"
        indexes = (("order_id", "id"),)


class Attachment(Model):
    """A file on an order. `phase`: request, before, after, proof, chat, act. `album` groups what came together."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="attachments", on_delete=fields.CASCADE)
    order_id: int
    job_id = fields.BigIntField(null=True, db_index=True)
    file = fields.ForeignKeyField("models.File", related_name="attachments", on_delete=fields.RESTRICT)
    file_id: int
    phase = fields.CharField(8, default="request")
    party = fields.CharField(32)
    caption = fields.TextField(default="")
    album = fields.CharField(32, null=True)
    public = fields.BooleanField(default=True)
    at = fields.DatetimeField()

    class Meta:
        table = "orders_attachments"
        indexes = (("order_id",),)
