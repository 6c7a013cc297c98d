"""Stock in stores and vans, and how it moved."""

from tortoise import fields

from core.kernel.model import Model


class Warehouse(Model):
    """A store, or a technician's van (`member` set). A store's `address` is for people, its pin (degrees, both or none)
    for routes."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(100)
    member = fields.ForeignKeyField("models.Member", related_name="vans", null=True, on_delete=fields.RESTRICT)
    member_id: int | None
    address = fields.CharField(300, default="", db_default="")
    lat = fields.FloatField(null=True)
    lon = fields.FloatField(null=True)

    class Meta:
        table = "warehouse_warehouses"


class Stock(Model):
    """How much of a price item lies where. Never negative (a database constraint)."""

    id = fields.BigIntField(primary_key=True)
    warehouse = fields.ForeignKeyField("models.Warehouse", related_name="stock", on_delete=fields.CASCADE)
    warehouse_id: int
    item = fields.ForeignKeyField("models.PriceItem", related_name="stock", on_delete=fields.RESTRICT)
    item_id: int
    quantity = fields.DecimalField(12, 3, default=0)

    class Meta:
        table = "warehouse_stock"
        unique_together = (("warehouse", "item"),)


class Movement(Model):
    """One change of stock; `reason`: receipt, job, return, transfer. Sums of movements equal stock."""

    id = fields.BigIntField(primary_key=True)
    warehouse = fields.ForeignKeyField("models.Warehouse", related_name="movements", on_delete=fields.RESTRICT)
    warehouse_id: int
    item = fields.ForeignKeyField("models.PriceItem", related_name="movements", on_delete=fields.RESTRICT)
    item_id: int
    quantity = fields.DecimalField(12, 3)
    reason = fields.CharField(10)
    job_id = fields.BigIntField(null=True, db_index=True)
    party = fields.CharField(32)
    at = fields.DatetimeField()

    class Meta:
        table = "warehouse_movements"
