"""What was agreed with customers, and what things cost."""

from tortoise import fields

from core.kernel.model import Model


class Contract(Model):
    """`terms` may name response/arrival/resolution minutes by priority; empty: the company's defaults. `after_hours`:
    what an hour of labour outside of working hours costs, in percent of the usual one (null: by the company's rule)."""

    id = fields.BigIntField(primary_key=True)
    customer = fields.ForeignKeyField("models.Customer", related_name="contracts", on_delete=fields.RESTRICT)
    customer_id: int
    number = fields.CharField(50)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)
    terms: dict = fields.JSONField(default=dict)
    after_hours = fields.SmallIntField(null=True)

    class Meta:
        table = "contracts_contracts"
        indexes = (("customer_id",),)


class PriceItem(Model):
    """A work or a material. `kind`: work, material. Price in roubles for one `unit`, VAT included; of an `hourly`
    work it is the rate of one person's hour."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(8)
    code = fields.CharField(32, unique=True)
    name = fields.CharField(200)
    unit = fields.CharField(16, default="шт.")
    price = fields.DecimalField(12, 2)
    active = fields.BooleanField(default=True)
    hourly = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "contracts_price_items"
