"""What was done and used: the lines of the act; and who helped."""

from tortoise import fields

from core.kernel.model import Model


class Line(Model):
    """One work or material. Name, unit and price are copied from the price list on the day it was entered. Of work by
    the hour `after` of the `quantity` lies outside of working hours and costs `percent` of the price."""

    id = fields.BigIntField(primary_key=True)
    job_id = fields.BigIntField(db_index=True)
    item = fields.ForeignKeyField("models.PriceItem", related_name="lines", on_delete=fields.RESTRICT)
    item_id: int
    kind = fields.CharField(8)
    name = fields.CharField(200)
    unit = fields.CharField(16)
    quantity = fields.DecimalField(12, 3)
    price = fields.DecimalField(12, 2)
    after = fields.DecimalField(12, 3, default=0, db_default=0)
    percent = fields.SmallIntField(default=100, db_default=100)
    party = fields.CharField(32)
    at = fields.DatetimeField()

    class Meta:
        table = "reports_lines"
        unique_together = (("job_id", "item"),)


class Helper(Model):
    """A colleague who did a job together with its technician."""

    id = fields.BigIntField(primary_key=True)
    job_id = fields.BigIntField()
    member_id = fields.BigIntField()

    class Meta:
        table = "reports_helpers"
        unique_together = (("job_id", "member_id"),)
