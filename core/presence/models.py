"""Where technicians are, only while on shift and on a job, and proof that they were on site."""

from tortoise import fields

from core.kernel.model import Model


class Track(Model):
    """One position. Written in batches by binary COPY, see `history`; `accuracy` in metres."""

    id = fields.BigIntField(primary_key=True)
    member_id = fields.BigIntField()
    job_id = fields.BigIntField(null=True)
    lat = fields.FloatField()
    lon = fields.FloatField()
    accuracy = fields.FloatField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "presence_tracks"
        indexes = (("member_id", "at"),)


class LiveShare(Model):
    """A live location that a technician shares: which message moves, until when, for which job."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    message_id = fields.BigIntField()
    member_id = fields.BigIntField(db_index=True)
    job_id = fields.BigIntField(null=True)
    until = fields.DatetimeField()
    stopped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "presence_live_shares"
        unique_together = (("bot", "chat_id", "message_id"),)


class Visit(Model):
    """A stay on site. `how`: geofence, hand. `distance` in metres from the site when arrival was stated."""

    id = fields.BigIntField(primary_key=True)
    job_id = fields.BigIntField(db_index=True)
    member_id = fields.BigIntField()
    arrived_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)
    how = fields.CharField(10)
    distance = fields.FloatField(null=True)
    lat = fields.FloatField(null=True)
    lon = fields.FloatField(null=True)

    class Meta:
        table = "presence_visits"
