"""Systems that bring us something, and what came of it. The raw deliveries lie in the inbox."""

from tortoise import fields

from core.kernel.model import Model


class Source(Model):
    """A connected system. `id` stands in its address, `/hooks/<id>`; `secret` is sealed JSON (see `vault`), `config`
    what the check needs beside it. `refused` and `ignored` count deliveries that are not stored: forged or broken
    ones, and genuine ones from which nothing follows; beside each, why and when it was the last time.
    """

    id = fields.CharField(32, primary_key=True)
    kind = fields.CharField(32)
    name = fields.CharField(100)
    secret = fields.BinaryField()
    config: dict = fields.JSONField(default=dict)
    mapping: dict = fields.JSONField(default=dict)
    active = fields.BooleanField(default=True)
    revision = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    refused = fields.BigIntField(default=0)
    refused_why = fields.CharField(200, default="")
    refused_at = fields.DatetimeField(null=True)
    ignored = fields.BigIntField(default=0)
    ignored_why = fields.CharField(200, default="")
    ignored_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sources_sources"


class Mark(Model):
    """Something of a source that is believed once: an event of a batch, a call's notice. `value` orders what has an
    order. Kept longer than the inbox keeps its rows, until `expires_at`."""

    id = fields.BigIntField(primary_key=True)
    source_id = fields.CharField(32)
    key = fields.CharField(128)
    value = fields.BigIntField(default=0)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sources_marks"
        unique_together = (("source_id", "key"),)


class Outcome(Model):
    """What came of a delivery (`delivery_id`: the inbox's). `what` is a code, `facts` its details as plain JSON."""

    delivery_id = fields.BigIntField(primary_key=True, generated=False)
    source_id = fields.CharField(32)
    event = fields.CharField(64, default="")
    what = fields.CharField(32)
    order_id = fields.BigIntField(null=True)
    facts: dict = fields.JSONField(default=dict)
    received_at = fields.DatetimeField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sources_outcomes"
        indexes = (("source_id", "delivery_id"),)


class Link(Model):
    """Our order that stands for a thing of theirs (`external`: its id there)."""

    id = fields.BigIntField(primary_key=True)
    source_id = fields.CharField(32)
    external = fields.CharField(128)
    order_id = fields.BigIntField(db_index=True)

    class Meta:
        table = "sources_links"
        unique_together = (("source_id", "external"),)


class Request(Model):
    """Something that waits for a dispatcher. `kind`: call, order, message. `key` is the source's own name for it.

    `state`: ringing, answered, over (a call that was talked through), missed (to be called back by `due_at`), waiting
    (an order or a message that a person must look at), done (it became `order_id`, or was settled without one).
    `facts`: phone, name, words, address, external, customer_id, site_id, contact_id, urgency, missing.
    Of a call on the company's own exchange: `bridges` (see `follow.bridges`), `ended` in milliseconds, the names of its
    `recordings`, and of the one that the dialplan may have `mixed`.
    """

    id = fields.BigIntField(primary_key=True)
    source_id = fields.CharField(32)
    key = fields.CharField(128)
    kind = fields.CharField(8)
    state = fields.CharField(8)
    phone = fields.CharField(40, default="")
    facts: dict = fields.JSONField(default=dict)
    due_at = fields.DatetimeField(null=True)
    order_id = fields.BigIntField(null=True)
    revision = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)
    settled_by = fields.CharField(32, default="")

    class Meta:
        table = "sources_requests"
        unique_together = (("source_id", "key"),)
        indexes = (("state", "id"),)


class Box(Model):
    """How far a mailbox has been read: letters up to `uid` under this UIDVALIDITY lie in the inbox. `trouble`: why it
    can't be read now, since `at`."""

    source_id = fields.CharField(32, primary_key=True)
    validity = fields.BigIntField(default=0)
    uid = fields.BigIntField(default=0)
    trouble = fields.CharField(300, default="")
    at = fields.DatetimeField(null=True)

    class Meta:
        table = "sources_boxes"


class Poll(Model):
    """How a polled system was asked. `place`: how far it was read, in its own terms; `from` in it: since when. `busy`
    is the lease of the task that asks now. `asked_at`: the last time, with what came of it: `looked` things in the
    answers, `came` of them new; `trouble`: a code (nothing when it went well) with its `facts`. `due_at`: next time.
    `failures` in a row, since `since`; `told`: dispatchers heard of it."""

    source_id = fields.CharField(32, primary_key=True)
    place: dict = fields.JSONField(default=dict)
    busy = fields.CharField(36, null=True)
    asked_at = fields.DatetimeField(null=True)
    looked = fields.IntField(default=0, db_default=0)
    came = fields.IntField(default=0, db_default=0)
    trouble = fields.CharField(32, default="", db_default="")
    facts: dict = fields.JSONField(default=dict)
    due_at = fields.DatetimeField(null=True)
    failures = fields.IntField(default=0, db_default=0)
    since = fields.DatetimeField(null=True)
    told = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "sources_polls"


class Talk(Model):
    """Somebody who wrote to us (`account`) in a messenger (`channel`): `phone` in E.164, or their number in a messenger
    that knows no telephones, with the `contact_id` whose talk it is once somebody said so; and when they wrote last by
    the messenger's clock."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    account = fields.CharField(64)
    phone = fields.CharField(20)
    contact_id = fields.BigIntField(null=True, db_index=True)
    heard_at = fields.DatetimeField()

    class Meta:
        table = "sources_talks"
        unique_together = (("channel", "account", "phone"),)


class Said(Model):
    """A message of ours in a messenger under its id there, and the order that it was about. Kept for as long as people
    may answer to it."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    message_id = fields.CharField(128)
    notice_id = fields.BigIntField()
    order_id = fields.BigIntField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sources_said"
        unique_together = (("channel", "message_id"),)
        indexes = (("order_id", "at"),)


class Reading(Model):
    """What was read back of the things of a delivery (`delivery_id`: the inbox's), sealed JSON by `talk.ref`; and what
    keeps the others from being read: `trouble`, a code (nothing when it went well) with its `facts`, `failures` in a
    row. `due_at`: next time; nothing when all is read. `at`: the last time."""

    delivery_id = fields.BigIntField(primary_key=True, generated=False)
    source_id = fields.CharField(32)
    body = fields.BinaryField(null=True)
    trouble = fields.CharField(32, default="", db_default="")
    facts: dict = fields.JSONField(default=dict)
    failures = fields.IntField(default=0, db_default=0)
    due_at = fields.DatetimeField(null=True, db_index=True)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sources_readings"


class Piece(Model):
    """A piece of a file that another system uploads, sealed, in the order of `id`; `session` is its conversation."""

    id = fields.BigIntField(primary_key=True)
    source_id = fields.CharField(32)
    session = fields.CharField(64)
    name = fields.CharField(300)
    body = fields.BinaryField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sources_pieces"
        indexes = (("source_id", "session", "name"),)


class Given(Model):
    """An order as another system was told it: at revision `offered` in the conversation `session`, `taken` when it
    said that it has it."""

    id = fields.BigIntField(primary_key=True)
    source_id = fields.CharField(32)
    order_id = fields.BigIntField()
    session = fields.CharField(64, default="", db_default="")
    offered = fields.BigIntField()
    taken = fields.BigIntField(null=True)

    class Meta:
        table = "sources_given"
        unique_together = (("source_id", "order_id"),)
