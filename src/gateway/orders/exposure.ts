import type { OrderInstrument, OrderRequest, OrderSide, OrderState, Position } from './order.ts'

/**
 * Whether an order, filled completely and together with all open orders on its side, only makes positions smaller: it
 * opens none and turns none around. Such an order is a way out, which no loss limit closes.
 */
export function onlyReduces(
  request: Pick<OrderRequest, 'instrument' | 'side' | 'quantity'>,
  positions: readonly Position[],
  openOrders: readonly Pick<OrderState, 'instrument' | 'side' | 'remaining'>[],
): boolean {
  const held = new Map(positions.map(({ conId, quantity }) => [conId as number, quantity]))
  const changes = changesOf(request.instrument, request.side, request.quantity)
  if (changes.length === 0) return false
  return changes.every(({ conId, change }) => {
    const under = openOrders
      .flatMap((order) => changesOf(order.instrument, order.side, order.remaining))
      .filter((other) => other.conId === conId && Math.sign(other.change) === Math.sign(change))
      .reduce((sum, other) => sum + other.change, 0)
    const quantity = held.get(conId) ?? 0
    return Math.sign(quantity) === -Math.sign(change) && Math.abs(change + under) <= Math.abs(quantity)
  })
}

/** What the order, filled completely, does to the position in each contract; [] where that is not known. */
function changesOf(
  instrument: OrderInstrument,
  side: OrderSide,
  quantity: number,
): Array<{ conId: number; change: number }> {
  const sign = side === 'BUY' ? 1 : -1
  switch (instrument.kind) {
    case 'stock':
    case 'option':
      return [{ conId: instrument.contract.conId, change: sign * quantity }]
    case 'combination':
      return instrument.legs.map((leg) => ({
        conId: leg.conId,
        change: sign * (leg.side === 'BUY' ? 1 : -1) * leg.ratio * quantity,
      }))
    case 'other':
      return []
  }
}
