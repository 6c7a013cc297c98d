"""Who is asked to do a job, and why."""

from tortoise import fields
from tortoise.models import Model


class Ruleset(Model):
    """Named weights and mode. `mode`: auto (offer to the best), offer (to the best N), hint, manual."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(100, unique=True)
    mode = fields.CharField(8, default="auto")
    width = fields.SmallIntField(default=1)
    offer_seconds = fields.IntField(default=300)
    weights: dict = fields.JSONField(default=dict)
    active = fields.BooleanField(default=True)

    class Meta:
        table = "dispatch_rulesets"


class Offer(Model):
    """One technician asked about one job. `state`: open, accepted, declined, lost, expired, withdrawn. `explain` is the
    list of terms that add up to `score` (minutes of travel, the lower the better). `round` numbers the attempts."""

    id = fields.BigIntField(primary_key=True)
    job = fields.ForeignKeyField("models.Job", related_name="offers", on_delete=fields.CASCADE)
    job_id: int
    member = fields.ForeignKeyField("models.Member", related_name="offers", on_delete=fields.RESTRICT)
    member_id: int
    state = fields.CharField(10, default="open")
    round = fields.IntField(default=1)
    score = fields.FloatField(default=0)
    explain: list = fields.JSONField(default=list)
    reason = fields.CharField(300, default="")
    opened_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "dispatch_offers"
        indexes = (("job_id", "state"), ("member_id", "state"))
