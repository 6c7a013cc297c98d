"""One order from the request to its end."""

from core.kernel.actor import SYSTEM
from core.orders.models import Entry, Job, Order
from tests.orders.desk import Desk, states


async def test_it_goes_from_a_request_to_a_closed_order(desk: Desk) -> None:
    ivan = desk.technicians[0]
    order_id, job_id = await desk.order(asset_ids=[desk.asset.id], urgency="high")
    order = await Order.get(id=order_id)
    assert (order.state, order.priority, order.address, order.lat) == ("new", "high", "Лесная, 1", 55.77)
    assert order_id > 1000

    await desk.done("offer_job", SYSTEM, job_id)
    await desk.done("accept_job", ivan, job_id, ivan.id)
    for verb, state in (("travel", "travelling"), ("arrive", "on_site"), ("finish", "done")):
        await desk.done(verb, ivan, job_id)
        assert await states(order_id) == (state, [state])
    await desk.done("close", SYSTEM, order_id)

    assert await states(order_id) == ("closed", ["closed"])
    job = await Job.get(id=job_id)
    assert job.accepted_at <= job.travelling_at <= job.arrived_at <= job.done_at
    assert (job.outcome, job.stage, job.assignee_id) == ("done", "closed", ivan.id)
    kinds = [entry.kind for entry in await Entry.filter(order_id=order_id).order_by("id")]
    assert kinds == [
        "order.created",
        "job.offer",
        "job.accept",
        "job.travel",
        "job.arrive",
        "job.finish",
        "job.close",
        "order.closed",
    ]
    assert (await Order.get(id=order_id)).revision > order.revision
