from tortoise import fields, migrations
from tortoise.migrations import operations as ops


CONSTRAINTS = "CREATE INDEX people_contractors ON people_members (id) WHERE contractor"


class Migration(migrations.Migration):
    """People from outside, and what they get for a job."""

    dependencies = [("models", "0028_store_places")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Member",
            name="contractor",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Member",
            name="firm",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="Member",
            name="by_bot",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name="Job",
            name="fee",
            field=fields.DecimalField(null=True, max_digits=12, decimal_places=2),
        ),
        ops.AddField(
            model_name="Offer",
            name="fee",
            field=fields.DecimalField(null=True, max_digits=12, decimal_places=2),
        ),
        ops.RunSQL(CONSTRAINTS),
    ]
