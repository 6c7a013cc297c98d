"""HubEx, with a service token, for which a pass is given first: a comment that the customer sees too, the task's stage
and its own fields by their numbers, and attachments. Vendor documentation: «Примеры API запросов», `POST
/WORK/TaskStagingHistory`, `/WORK/Tasks/{id}/conversation`, `/WORK/taskAttributes`,
`/WORK/taskAttachments/upload/fromForm`."""

from dataclasses import replace

from core.hooks.vendors.told import POWER, Talk, WriteBack, arrived, call, form, number, read, whole
from core.kernel.errors import Outage
from core.ports import WebCall
from core.sources.polls import hubex


def build(told: WriteBack) -> Talk:
    """`base` is `https://api.hubex.ru/fsm`."""
    return _with_pass(told, _wanted(told))


def _wanted(told: WriteBack) -> WebCall:
    task = number(told)
    if told.part == "status":
        return call("POST", f"{told.base}/WORK/TaskStagingHistory", {"taskID": task, "taskStageID": whole(told.status)})
    if told.part == "fields":
        values = [{"attributeID": whole(name), "value": value} for name, value in told.fields.items()]
        return call("POST", f"{told.base}/WORK/taskAttributes", [{"taskID": task, "data": values}])
    if told.file is not None and told.file.data is not None:
        fields = {"taskID": str(task), "isPublic": "true", "isIgnorePossibleDuplication": "true"}
        return form(f"{told.base}/WORK/taskAttachments/upload/fromForm", fields, "file", told.file)
    said = {"message": told.text, "isExternal": True, "attachments": []}
    return call("POST", f"{told.base}/WORK/Tasks/{task}/conversation", said)


def _with_pass(told: WriteBack, wanted: WebCall) -> Talk:
    """A pass of its own: they are told far less often than asked."""
    gate = hubex.gate(told.base, told.secret)
    given = yield gate.wanted
    if arrived(given):
        found = gate.read(read(given))
        if found is None:
            raise Outage(POWER, "no_pass")
        yield replace(wanted, headers={**wanted.headers, **hubex.HEADERS, "Authorization": f"Bearer {found[0]}"})
