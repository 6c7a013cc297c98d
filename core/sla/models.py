"""What was promised by when."""

from tortoise import fields
from tortoise.models import Model


class Deadline(Model):
    """One clock of an order. `kind`: response, arrival, resolution. `policy` is the rule it was computed by and the
    intervals that explain it. Exactly one of met_at / cancelled_at ends it; breached_at may be set on the way."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="deadlines", on_delete=fields.CASCADE)
    order_id: int
    kind = fields.CharField(16)
    started_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    policy: dict = fields.JSONField(default=dict)
    met_at = fields.DatetimeField(null=True)
    warned_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sla_deadlines"
        unique_together = (("order", "kind"),)
