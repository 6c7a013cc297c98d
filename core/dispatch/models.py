"""Who is asked to do a job, and why."""

from tortoise import fields

from core.kernel.model import Model


class RuleVersion(Model):
    """A version of a rule set; the newest of its `code` holds, unless it says that the rule set was removed. `data` as
    in `dispatch/rulesets.py` without code and name; `member_id` who wrote it (null: the desk)."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32)
    name: dict = fields.JSONField()
    data: dict = fields.JSONField(default=dict)
    removed = fields.BooleanField(default=False)
    member_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "dispatch_rule_versions"
        indexes = (("code", "id"),)


class Demand(Model):
    """What work asks of whoever does it. `scope` and `key`: kind (of order), type (of equipment), customer, site,
    contract, skill or order, and its code or id. `what` and `code`: skill (with `level`), certificate, tool, vehicle,
    or part (a price item's code, with `quantity`)."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(8)
    key = fields.CharField(32)
    what = fields.CharField(12)
    code = fields.CharField(32)
    level = fields.SmallIntField(default=1)
    quantity = fields.DecimalField(12, 3, default=1)

    class Meta:
        table = "dispatch_demands"
        unique_together = (("scope", "key", "what", "code"),)


class Stop(Model):
    """The stop-list: this technician is not sent to the customer, or to one site of theirs."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="stops", on_delete=fields.CASCADE)
    member_id: int
    customer = fields.ForeignKeyField("models.Customer", related_name="stops", on_delete=fields.CASCADE)
    customer_id: int
    site = fields.ForeignKeyField("models.Site", related_name="stops", null=True, on_delete=fields.CASCADE)
    site_id: int | None
    reason = fields.CharField(300, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "dispatch_stops"
        indexes = (("customer_id",), ("member_id",))


class Choice(Model):
    """How the robot chose once. `outcome`: offered, nobody, hint. `best`: [{id, name, score, terms}]; `rejected`:
    [[rule, what is missing, [member ids]]]; `fits` how many fitted; `help` as `dispatch/helping.py` says.
    `ruleset_id` is the version that held (null: the usual rules)."""

    id = fields.BigIntField(primary_key=True)
    job = fields.ForeignKeyField("models.Job", related_name="choices", on_delete=fields.CASCADE)
    job_id: int
    ruleset_id = fields.IntField(null=True)
    outcome = fields.CharField(8)
    fits = fields.IntField(default=0)
    best: list = fields.JSONField(default=list)
    rejected: list = fields.JSONField(default=list)
    help: list = fields.JSONField(default=list)
    at = fields.DatetimeField()

    class Meta:
        table = "dispatch_choices"
        indexes = (("job_id", "id"),)


class Offer(Model):
    """One technician asked about one job. `state`: open, accepted, declined, lost, expired, withdrawn. `explain` is the
    list of terms that add up to `score` (minutes of travel, the lower the better). `round` numbers the attempts. `fee`
    is what a contractor would get, in roubles (null: nothing is said of it)."""

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
    fee = fields.DecimalField(12, 2, null=True)
    opened_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "dispatch_offers"
        indexes = (("job_id", "state"), ("member_id", "state"))
