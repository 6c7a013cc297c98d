"""What other systems may hear of, who listens, and what came of telling them."""

from tortoise import fields

from core.kernel.model import Model


class Event(Model):
    """Something that happened, as it is told outside. `seq` is given when it is first read (see `queries.feed`): ids
    are not in the order of commits. `order_id` is null for a trial."""

    id = fields.BigIntField(primary_key=True)
    seq = fields.BigIntField(null=True, unique=True)
    type = fields.CharField(48)
    order_id = fields.BigIntField(null=True, db_index=True)
    data: dict = fields.JSONField(default=dict)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "hooks_events"


class Subscription(Model):
    """Somebody who is told. `kind`: standard (Standard Webhooks) or the vendor whose API is called for orders that came
    from `source_id`. `secret` is sealed JSON; `old_secret` signs beside it until `old_until`. `state`: on, off; `why`
    it is off: hand, failing, gone. `failing_since`: the first failure after the last success. `busy` is the lease of
    the task that tells it now."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(100)
    kind = fields.CharField(16, default="standard")
    source_id = fields.CharField(32, null=True)
    url = fields.CharField(500)
    secret = fields.BinaryField()
    old_secret = fields.BinaryField(null=True)
    old_until = fields.DatetimeField(null=True)
    config: dict = fields.JSONField(default=dict)
    state = fields.CharField(8, default="on")
    why = fields.CharField(8, default="")
    failing_since = fields.DatetimeField(null=True)
    busy = fields.CharField(36, null=True)
    created_by = fields.CharField(32)
    created_at = fields.DatetimeField()

    class Meta:
        table = "hooks_subscriptions"


class Want(Model):
    """What a subscription wants to hear: an event's type, and for a vendor which part of it (status, comment,
    fields, file…)."""

    id = fields.BigIntField(primary_key=True)
    subscription = fields.ForeignKeyField("models.Subscription", related_name="wants", on_delete=fields.CASCADE)
    subscription_id: int
    type = fields.CharField(48)
    part = fields.CharField(16, default="")

    class Meta:
        table = "hooks_wants"
        unique_together = (("subscription", "type", "part"),)
        indexes = (("type",),)


class Handed(Model):
    """A file that is given to a thing of another system: once, whatever happens to the order after. `remote`: what that
    system knows it by (`uuid`), or that it takes only its `link`. The private link opens as long as this row stands."""

    id = fields.BigIntField(primary_key=True)
    subscription = fields.ForeignKeyField("models.Subscription", related_name="handed", on_delete=fields.CASCADE)
    subscription_id: int
    external = fields.CharField(128)
    file = fields.ForeignKeyField("models.File", related_name="handed", on_delete=fields.RESTRICT)
    file_id: int
    remote: dict = fields.JSONField(default=dict)

    class Meta:
        table = "hooks_handed"
        unique_together = (("subscription", "external", "file"),)
        indexes = (("file_id",),)


class Outgoing(Model):
    """One event for one subscription; for one that answers a source, one for each of its things (`external`) that the
    order stands for, and for each file (`handed`) of the part file. `state`: waiting, sent, failed (given up), dropped
    (by a person, with its subscription, or because there was nothing to say)."""

    id = fields.BigIntField(primary_key=True)
    subscription = fields.ForeignKeyField("models.Subscription", related_name="outgoing", on_delete=fields.CASCADE)
    subscription_id: int
    event = fields.ForeignKeyField("models.Event", related_name="outgoing", on_delete=fields.CASCADE)
    event_id: int
    part = fields.CharField(16, default="")
    external = fields.CharField(128, default="", db_default="")
    handed = fields.ForeignKeyField("models.Handed", related_name="outgoing", null=True, on_delete=fields.CASCADE)
    handed_id: int | None
    state = fields.CharField(8, default="waiting")
    attempts = fields.SmallIntField(default=0)
    due_at = fields.DatetimeField()
    first_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "hooks_outgoing"
        indexes = (("subscription_id", "state", "due_at"), ("event_id",), ("handed_id",))


class Attempt(Model):
    """One try. `status` is what was answered (null: nothing was); `error` a code; `answer` its first bytes as text."""

    id = fields.BigIntField(primary_key=True)
    outgoing = fields.ForeignKeyField("models.Outgoing", related_name="tries", on_delete=fields.CASCADE)
    outgoing_id: int
    at = fields.DatetimeField()
    took_ms = fields.IntField(default=0)
    status = fields.IntField(null=True)
    error = fields.CharField(200, default="")
    answer = fields.CharField(500, default="")

    class Meta:
        table = "hooks_attempts"
        indexes = (("outgoing_id", "id"),)
