"""The one company that this desk serves."""

from tortoise import fields

from core.kernel.model import Model


class Company(Model):
    """The only row has id 1. `zone` is the company's time zone; `rules` holds switches with defaults in rules.py;
    `clock_offset` (seconds) is moved only by the demo's simulator."""

    id = fields.IntField(primary_key=True, generated=False, default=1)
    name = fields.CharField(200, default="")
    legal_name = fields.CharField(300, default="")
    inn = fields.CharField(12, default="")
    kpp = fields.CharField(9, default="")
    address = fields.CharField(300, default="")
    bank = fields.CharField(300, default="")
    phone = fields.CharField(20, default="")
    email = fields.CharField(100, default="")
    zone = fields.CharField(64, default="Europe/Moscow")
    locale = fields.CharField(8, default="ru")
    colour = fields.CharField(7, default="#1f6feb")
    vat_rate = fields.DecimalField(5, 2, null=True)
    rules: dict = fields.JSONField(default=dict)
    clock_offset = fields.FloatField(default=0)
    revision = fields.IntField(default=0)

    class Meta:
        table = "company_company"
