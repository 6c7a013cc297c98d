"""Tokens of the API, and the answers that they were given once."""

from tortoise import fields

from core.kernel.model import Model


class Token(Model):
    """`digest` is the sha256 (hex) of the token, which is told once and kept nowhere. `scopes` as in `rules.SCOPES`;
    `per_minute` requests at most."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(100)
    digest = fields.CharField(64)
    scopes: list = fields.JSONField(default=list)
    per_minute = fields.IntField(default=120)
    created_by = fields.CharField(32)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tokens_tokens"


class Reply(Model):
    """What a request with an Idempotency-Key was answered, committed with what it did. `digest` is the sha256 (hex) of
    the request: the same key with another request is refused."""

    id = fields.BigIntField(primary_key=True)
    token_id = fields.BigIntField()
    key = fields.CharField(255)
    digest = fields.CharField(64)
    status = fields.SmallIntField(default=0)
    body = fields.TextField(default="")
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "tokens_replies"
        unique_together = (("token_id", "key"),)
