"""A bank statement or payment orders in a file of 1C's bank exchange (`1c_to_kl.txt`, `kl_to_1c.txt`).

Trust: none, somebody uploads a file; a person confirms what it says. Wire format: see `webhooks/bankfile.py`.
"""

from webhooks import bankfile
from webhooks.request import Request
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source, duplicate, process, reject, send

NAME = "1c-clientbank"

MAX_BYTES = 8 << 20


def judge(request: Request, source: Source) -> Outcome:
    data = request.content(MAX_BYTES)
    try:
        file = bankfile.read(data)
    except bankfile.BadFile as error:
        return reject(400, str(error))
    if request.outbound:
        return send(documents=len(file.documents), sum=f"{file.total:.2f}")
    key = digest_hex(data)
    if source.seen(key):
        return duplicate(key=key)
    return process(key=key, documents=len(file.documents), sum=f"{file.total:.2f}", accounts=len(file.accounts))
