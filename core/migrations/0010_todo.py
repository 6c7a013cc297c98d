from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What dispatchers put off, and a quick way to the last ratings."""

    dependencies = [("models", "0009_channels")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Snooze",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=48)),
                ("until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("member_id", fields.BigIntField(null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "todo_snoozes", "app": "models", "pk_attr": "key"},
            bases=["Model"],
        ),
        ops.RunSQL(
            "CREATE INDEX ratings_given ON ratings_ratings (given_at) WHERE given_at IS NOT NULL",
            "DROP INDEX ratings_given",
        ),
        ops.RunSQL(
            "CREATE INDEX plan_ready ON plan_changes (day) WHERE state = 'ready'",
            "DROP INDEX plan_ready",
        ),
        ops.RunSQL(
            "CREATE INDEX absences_asked ON schedule_absences (id) WHERE state = 'asked'",
            "DROP INDEX absences_asked",
        ),
    ]
