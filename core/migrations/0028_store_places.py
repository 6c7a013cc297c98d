from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Where a store is."""

    dependencies = [("models", "0027_handed")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Warehouse",
            name="address",
            field=fields.CharField(default="", db_default="", max_length=300),
        ),
        ops.AddField(model_name="Warehouse", name="lat", field=fields.FloatField(null=True)),
        ops.AddField(model_name="Warehouse", name="lon", field=fields.FloatField(null=True)),
    ]
