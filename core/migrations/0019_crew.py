from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Colleagues who helped with a job."""

    dependencies = [("models", "0018_parallel")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Helper",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("job_id", fields.BigIntField()),
                ("member_id", fields.BigIntField()),
            ],
            options={
                "table": "reports_helpers",
                "app": "models",
                "unique_together": (("job_id", "member_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
