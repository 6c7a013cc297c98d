"""What lies in the van."""

from bot.shared.paging import number
from bot.technician.identity import known, me, pressed
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.warehouse.queries import stock_of


@routes.command("stock")
@menu.item("technician.menu.stock")
@known
async def stock(turn: Turn) -> None:
    turn.dialogue.forget()
    await _show(turn, 0)


@routes.press("stock.page")
@known
async def page(turn: Turn) -> None:
    _, extra = pressed(turn)
    await _show(turn, number(extra))


async def _show(turn: Turn, page: int) -> None:
    found = await stock_of(me(turn).id)
    items = [{"name": row.name, "unit": row.unit, "quantity": str(row.quantity)} for row in found if row.quantity > 0]
    turn.redraw("technician.stock", {"items": items, "page": page})
