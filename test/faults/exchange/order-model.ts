import type { Order } from '../../../src/exchange/book/order.ts'
import type { Account } from '../../../src/exchange/engine/agent.ts'
import type { Expectation } from './frames.ts'

/** One message on the orders socket. */
interface Answer {
  readonly type: string
  readonly order_id: string | null
  readonly code?: string
  readonly side?: string
  readonly price?: number
  readonly qty?: number
  readonly remaining?: number
}

interface OpenOrder {
  readonly side: 1 | -1
  readonly ticks: number
  remaining: number
}

/** What a client knows from its own frames and the answers to them, to be compared with the market's truth. */
export interface OrderModel {
  openIds(): readonly string[]
  /** Takes the answers to one frame. Returns what is wrong with them. */
  take(expectation: Expectation, answers: readonly string[]): string[]
  /** Where model and market differ. */
  compare(account: Account, resting: readonly Order[]): string[]
}

export function createOrderModel(): OrderModel {
  const open = new Map<string, OpenOrder>()
  let shares = 0
  let cash = 0

  function fill({ order_id: id, side, price = 0, qty = 0, remaining = 0 }: Answer): string[] {
    const order = open.get(id ?? '')
    if (order === undefined) return [`a fill of ${id}, which is not open`]
    const sign = side === 'BUY' ? 1 : -1
    const ticks = Math.round(price * 100)
    shares += sign * qty
    cash -= sign * qty * ticks
    order.remaining -= qty
    if (remaining === 0) open.delete(id ?? '')
    const faults: string[] = []
    if (sign !== order.side) faults.push(`a fill of ${id} on the wrong side`)
    if (order.remaining !== remaining)
      faults.push(`${remaining} remain of ${id} instead of ${order.remaining}`)
    if ((ticks - order.ticks) * sign > 0) faults.push(`a fill of ${id} at ${price}, worse than its price`)
    return faults
  }

  function take(expectation: Expectation, texts: readonly string[]): string[] {
    const answers = texts.map((text) => JSON.parse(text) as Answer)
    const errors = answers.filter(({ type }) => type === 'ERROR')
    const unnamed = errors.filter(({ code }) => !code).map(() => 'an error without a name')
    const refused = errors.filter(({ code }) => code !== 'self_trade')
    const faults = [...unnamed]
    if (expectation.kind === 'error') {
      if (answers.length !== 1 || refused.length !== 1)
        faults.push(`a wrong frame was answered by ${texts.join()}`)
      return faults
    }
    if (expectation.kind === 'order' && refused.length === 0) {
      const { id, side, ticks, quantity } = expectation
      if (open.has(id)) faults.push(`a second order ${id} was taken`)
      open.set(id, { side, ticks, remaining: quantity })
    }
    if (expectation.kind === 'cancel') {
      const isOpen = open.delete(expectation.id)
      if (isOpen !== (refused.length === 0))
        faults.push(`a cancel of ${expectation.id} was answered by ${texts.join()}`)
    }
    for (const answer of answers) {
      if (answer.type === 'FILL') faults.push(...fill(answer))
      else if (answer.code === 'self_trade') open.delete(answer.order_id ?? '')
    }
    return faults
  }

  function compare(account: Account, resting: readonly Order[]): string[] {
    const faults: string[] = []
    if (account.shares !== shares) faults.push(`${account.shares} shares instead of ${shares}`)
    if (account.cash !== cash) faults.push(`cash of ${account.cash} instead of ${cash}`)
    if (resting.length !== open.size) faults.push(`${resting.length} orders open instead of ${open.size}`)
    for (const { tag, side, price, remaining } of resting) {
      const known = open.get(tag ?? '')
      if (known?.side !== side || known.ticks !== price || known.remaining !== remaining) {
        faults.push(`${tag} rests with ${side} × ${remaining} at ${price}`)
      }
    }
    return faults
  }

  return { openIds: () => [...open.keys()], take, compare }
}
