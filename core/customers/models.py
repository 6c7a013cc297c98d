"""Whom the company serves: customers with branches, their sites and people."""

from tortoise import fields

from core.kernel.model import Model


class Customer(Model):
    """A company, or a private person (`private`). `segment` groups customers for deadlines."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(200)
    legal_name = fields.CharField(300, default="")
    inn = fields.CharField(12, default="")
    kpp = fields.CharField(9, default="")
    address = fields.CharField(300, default="")
    segment = fields.CharField(32, default="")
    private = fields.BooleanField(default=False)
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "customers_customers"


class Branch(Model):
    """A node of a customer's network: region, branch. Sites hang on any node."""

    id = fields.BigIntField(primary_key=True)
    customer = fields.ForeignKeyField("models.Customer", related_name="branches", on_delete=fields.CASCADE)
    parent = fields.ForeignKeyField("models.Branch", related_name="children", null=True, on_delete=fields.RESTRICT)
    parent_id: int | None
    name = fields.CharField(200)

    class Meta:
        table = "customers_branches"
        indexes = (("customer_id",),)


class Site(Model):
    """A place to which technicians are sent. `hint` is the verbal way («вход со двора, код 45К»)."""

    id = fields.BigIntField(primary_key=True)
    customer_id: int
    customer = fields.ForeignKeyField("models.Customer", related_name="sites", on_delete=fields.RESTRICT)
    branch = fields.ForeignKeyField("models.Branch", related_name="sites", null=True, on_delete=fields.RESTRICT)
    branch_id: int | None
    name = fields.CharField(200)
    address = fields.CharField(300, default="")
    hint = fields.CharField(300, default="")
    lat = fields.FloatField(null=True)
    lon = fields.FloatField(null=True)
    area = fields.ForeignKeyField("models.Area", related_name="sites", null=True, on_delete=fields.RESTRICT)
    area_id: int | None
    responsible = fields.ForeignKeyField("models.Member", related_name="sites", null=True, on_delete=fields.RESTRICT)
    responsible_id: int | None
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "customers_sites"
        indexes = (("customer_id",),)


class Contact(Model):
    """A customer's person. `branch` limits what they see to the sites below it (null: all sites of the customer). A
    `guest` told us their number or address on a page or in a letter and nobody proved it: they see only what they
    ordered themselves, and their number opens nothing."""

    id = fields.BigIntField(primary_key=True)
    customer_id: int
    customer = fields.ForeignKeyField("models.Customer", related_name="contacts", on_delete=fields.RESTRICT)
    branch = fields.ForeignKeyField("models.Branch", related_name="contacts", null=True, on_delete=fields.RESTRICT)
    branch_id: int | None
    name = fields.CharField(200)
    phone = fields.CharField(20, default="", db_index=True)
    email = fields.CharField(254, default="", db_index=True)
    post = fields.CharField(100, default="")
    guest = fields.BooleanField(default=False)
    locale = fields.CharField(8, default="ru")
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "customers_contacts"
        indexes = (("customer_id",),)
