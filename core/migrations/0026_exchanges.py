from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Files that come in pieces, and what another system has taken of our orders."""

    dependencies = [("models", "0025_readings")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Piece",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("session", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=300)),
                ("body", fields.BinaryField()),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_pieces",
                "app": "models",
                "indexes": [Index(fields=["source_id", "session", "name"])],
                "pk_attr": "id",
                "table_description": "A piece of a file that another system uploads, sealed, in the order of `id`; `session` is its conversation.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Given",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("order_id", fields.BigIntField()),
                ("session", fields.CharField(default="", db_default="", max_length=64)),
                ("offered", fields.BigIntField()),
                ("taken", fields.BigIntField(null=True)),
            ],
            options={
                "table": "sources_given",
                "app": "models",
                "unique_together": (("source_id", "order_id"),),
                "pk_attr": "id",
                "table_description": "An order as another system was told it: at revision `offered` in the conversation `session`, `taken` when it",
            },
            bases=["Model"],
        ),
    ]
