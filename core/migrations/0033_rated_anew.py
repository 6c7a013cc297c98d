from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Whoever mends a reopened order has marks of their own."""

    dependencies = [("models", "0032_talks")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Rating",
            name="order",
            field=fields.ForeignKeyField(
                "models.Order",
                source_field="order_id",
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="ratings",
                on_delete=OnDelete.CASCADE,
            ),
        ),
    ]
