"""Equipment that is looked after, and the plans of the floors where it stands."""

from tortoise import fields

from core.kernel.model import Model


class AssetType(Model):
    """`skill` is what its repair needs; `checklist` names the default checklist template's code."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32, unique=True)
    name: dict = fields.JSONField()
    skill = fields.ForeignKeyField("models.Skill", related_name="asset_types", null=True, on_delete=fields.RESTRICT)
    skill_id: int | None
    checklist = fields.CharField(32, default="")

    class Meta:
        table = "assets_types"


class Asset(Model):
    """`criticality` 1 (can wait) to 3 (business stops)."""

    id = fields.BigIntField(primary_key=True)
    site = fields.ForeignKeyField("models.Site", related_name="assets", on_delete=fields.RESTRICT)
    site_id: int
    type = fields.ForeignKeyField("models.AssetType", related_name="assets", on_delete=fields.RESTRICT)
    type_id: int
    name = fields.CharField(200)
    model = fields.CharField(100, default="")
    serial = fields.CharField(100, default="")
    inventory = fields.CharField(50, default="")
    place = fields.CharField(200, default="")
    criticality = fields.SmallIntField(default=2)
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "assets_assets"
        indexes = (("site_id",),)


class QrTag(Model):
    """A printed label; its payload is `Keys.sign("qr", id)`. Revoked ones are refused."""

    id = fields.BigIntField(primary_key=True)
    asset = fields.ForeignKeyField("models.Asset", related_name="tags", on_delete=fields.CASCADE)
    asset_id: int
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "assets_qr_tags"
        indexes = (("asset_id",),)


class FloorPlan(Model):
    """A picture of a part of a site. Its width and height are the file's."""

    id = fields.BigIntField(primary_key=True)
    site = fields.ForeignKeyField("models.Site", related_name="floor_plans", on_delete=fields.RESTRICT)
    site_id: int
    name = fields.CharField(100)
    file = fields.ForeignKeyField("models.File", related_name="floor_plans", on_delete=fields.RESTRICT)
    file_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "assets_floor_plans"
        unique_together = (("site", "name"),)


class Pin(Model):
    """Where a machine, or an order without one, is on a plan: `x` from the left and `y` from the top, as parts (0 to 1)
    of the picture. Exactly one of `asset` and `order` is set; each has at most one pin."""

    id = fields.BigIntField(primary_key=True)
    plan = fields.ForeignKeyField("models.FloorPlan", related_name="pins", on_delete=fields.CASCADE)
    plan_id: int
    asset = fields.OneToOneField("models.Asset", related_name="pin", null=True, on_delete=fields.CASCADE)
    asset_id: int | None
    order = fields.OneToOneField("models.Order", related_name="pin", null=True, on_delete=fields.CASCADE)
    order_id: int | None
    x = fields.FloatField()
    y = fields.FloatField()

    class Meta:
        table = "assets_pins"
        indexes = (("plan_id",),)
