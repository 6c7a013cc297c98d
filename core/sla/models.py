"""What is promised to whom, what was promised by when, and when the clocks stood still."""

from tortoise import fields

from core.kernel.model import Model


class PolicyList(Model):
    """A version of the policies, the newest holds; as in `sla/policies.py`."""

    id = fields.IntField(primary_key=True)
    policies: list = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "sla_policies"


class Pause(Model):
    """The clocks of an order stand still from `started_at`; `ended_at` is null while they do. `stage` is the code of
    the stage that stopped them, `reason` its name and what the technician said."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="pauses", on_delete=fields.CASCADE)
    order_id: int
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    stage = fields.CharField(32)
    reason = fields.CharField(400)

    class Meta:
        table = "sla_pauses"
        indexes = (("order_id", "id"),)


class Deadline(Model):
    """One clock of an order. `kind`: response, arrival, resolution, or `stage.17.2`, the second stage of job 17 that
    has a norm; then `job_id` and `stage` are set. `policy` is the rule it was computed by: {priority, minutes,
    contract_id}, and where a policy holds {policy, name, version, calendar_id, warn, pauses}; `legs` when the
    customer's window moved it, `stage` (its name) for a norm. Exactly one of met_at / cancelled_at ends it; breached_at
    may be set on the way; while paused_at is set it stands still and `due_at` is what it was before."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="deadlines", on_delete=fields.CASCADE)
    order_id: int
    kind = fields.CharField(32)
    job_id = fields.BigIntField(null=True)
    stage = fields.CharField(32, null=True)
    started_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    policy: dict = fields.JSONField(default=dict)
    met_at = fields.DatetimeField(null=True)
    warned_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    paused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sla_deadlines"
        unique_together = (("order", "kind"),)
