from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """A clock may be about one stage of one job."""

    dependencies = [("models", "0014_delivered")]

    initial = False

    operations = [
        ops.AddField(model_name="Deadline", name="job_id", field=fields.BigIntField(null=True)),
        ops.AddField(model_name="Deadline", name="stage", field=fields.CharField(null=True, max_length=32)),
        ops.AlterField(model_name="Deadline", name="kind", field=fields.CharField(max_length=32)),
    ]
