from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

CONSTRAINTS = """
ALTER TABLE assets_pins ADD CONSTRAINT pins_one_thing CHECK (num_nonnulls(asset_id, order_id) = 1);
ALTER TABLE assets_pins ADD CONSTRAINT pins_within CHECK (x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1);
"""


class Migration(migrations.Migration):
    """Floor plans of sites, with pins of machines and orders."""

    dependencies = [("models", "0021_hourly")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FloorPlan",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "site",
                    fields.ForeignKeyField(
                        "models.Site",
                        source_field="site_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="floor_plans",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                (
                    "file",
                    fields.ForeignKeyField(
                        "models.File",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="floor_plans",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "assets_floor_plans",
                "app": "models",
                "unique_together": (("site", "name"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pin",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.FloorPlan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pins",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "asset",
                    fields.OneToOneField(
                        "models.Asset",
                        source_field="asset_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="pin",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "order",
                    fields.OneToOneField(
                        "models.Order",
                        source_field="order_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="pin",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("x", fields.FloatField()),
                ("y", fields.FloatField()),
            ],
            options={"table": "assets_pins", "app": "models", "indexes": [Index(fields=["plan_id"])], "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL(
            CONSTRAINTS,
            "ALTER TABLE assets_pins DROP CONSTRAINT pins_within; ALTER TABLE assets_pins DROP CONSTRAINT pins_one_thing",
        ),
    ]
