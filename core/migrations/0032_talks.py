from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Whose talk it is in a messenger that knows no telephone numbers."""

    dependencies = [("models", "0031_counted_on")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Talk",
            name="contact_id",
            field=fields.BigIntField(null=True, db_index=True),
        ),
    ]
