import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import type { SimContract } from '../market/market.ts'
import { commissionOf } from './commission.ts'
import type { Commission, Execution, Order, Position, Side, Single } from './order.ts'
import { multiplierOf } from './order.ts'
import { applyTrade, cashOf, dollars, type Holding, positionOf, units } from './positions.ts'
import { roundPrice, sideOfLeg } from './quote-venue.ts'
import type { VenueFill } from './venue.ts'

/** Executions that are remembered; older ones are forgotten. */
const MOST_EXECUTIONS = 10_000

/** What one fill changed. */
export interface Booked {
  /** A combination's own first, then those of its legs. */
  readonly executions: readonly Execution[]
  readonly positions: readonly Position[]
  /** Dollars, of all executions together. */
  readonly commission: number
}

/** A position that ended because its contract did. */
export interface Settlement {
  readonly contract: SimContract
  /** What was held: contracts, negative when short. */
  readonly quantity: number
  /** Dollars a share. */
  readonly price: number
  /** Dollars. */
  readonly realizedPnl: number
  readonly at: EpochMs
}

/** Executions, positions and cash of the account. */
export interface AccountBook {
  apply(order: Order, fill: VenueFill): Booked
  /** Closes the position in a contract that has expired, at what it is worth and without commission. null: none is held. */
  settle(contract: SimContract, price: number): Settlement | null
  /** Drops what is only needed while an order can still be filled. */
  forget(permId: number): void
  executions(): readonly Execution[]
  positions(): readonly Position[]
  /** Dollars. */
  cash(): number
}

/** What one order has filled in one contract. */
interface Filled {
  quantity: number
  /** Sum of price × quantity. */
  priced: number
  commission: number
}

export function createAccountBook(sources: {
  readonly account: string
  /** Dollars. */
  readonly startingCash: number
  readonly now: () => EpochMs
}): AccountBook {
  const { account, now } = sources
  const executions: Execution[] = []
  const holdings = new Map<number, Holding>()
  /** By order, then by contract; 0 for a combination itself. */
  const filled = new Map<number, Map<number, Filled>>()
  let cash = units(sources.startingCash)
  let fills = 0
  let lastTradedOn = ''

  /** On a new day the positions that were closed before are of no more use; an account trades without end. */
  function forgetClosed(): void {
    const today = newYorkDate(now())
    if (today === lastTradedOn) return
    lastTradedOn = today
    for (const [conId, { quantity }] of holdings) if (quantity === 0) holdings.delete(conId)
  }

  /** Books one contract's part of a fill. */
  function trade(order: Order, part: Part): Execution {
    const { contract, side, quantity, price } = part
    const soFar = filledBy(order.permId, contract.conId)
    soFar.quantity += quantity
    soFar.priced += price * quantity
    const total = commissionOf(contract, {
      quantity: soFar.quantity,
      value: soFar.priced * multiplierOf(contract),
    })
    const commission = roundPrice(total - soFar.commission)
    soFar.commission = total
    const before = holdings.get(contract.conId)
    const booked = { contract, side, quantity, price, commission }
    const after = applyTrade(before, booked)
    const closes = (before?.quantity ?? 0) * (side === 'BUY' ? 1 : -1) < 0
    holdings.set(contract.conId, after)
    cash += cashOf(booked)
    return execution(order, part, {
      soFar,
      commission: {
        amount: commission,
        currency: contract.currency,
        realizedPnl: closes ? dollars(after.realizedPnl - (before?.realizedPnl ?? 0)) : null,
      },
    })
  }

  function filledBy(permId: number, conId: number): Filled {
    const ofOrder = filled.get(permId) ?? new Map<number, Filled>()
    const soFar = ofOrder.get(conId) ?? { quantity: 0, priced: 0, commission: 0 }
    filled.set(permId, ofOrder)
    ofOrder.set(conId, soFar)
    return soFar
  }

  function execution(
    order: Order,
    part: Pick<Part, 'number' | 'exchange' | 'side' | 'quantity' | 'price' | 'wasResting'> & {
      contract: SimContract | null
    },
    { soFar, commission }: { soFar: Filled; commission: Commission | null },
  ): Execution {
    const made: Execution = {
      execId: execId(fills, part.number),
      permId: order.permId,
      clientId: order.clientId,
      orderId: order.orderId,
      account,
      at: now(),
      traded: part.contract ? { kind: 'contract', contract: part.contract } : combinationOf(order),
      exchange: part.exchange,
      side: part.side,
      quantity: part.quantity,
      price: part.price,
      cumulativeQuantity: soFar.quantity,
      averagePrice: Math.round((soFar.priced / soFar.quantity) * 1e8) / 1e8,
      orderRef: order.attributes.orderRef ?? '',
      lastLiquidity: part.wasResting ? 1 : 2,
      commission,
    }
    executions.push(made)
    if (executions.length > 2 * MOST_EXECUTIONS) executions.splice(0, executions.length - MOST_EXECUTIONS)
    return made
  }

  function applySingle(order: Order, { contract, exchange }: Single, fill: VenueFill): Execution[] {
    const { side } = order.terms
    return [trade(order, { ...fill, number: 1, contract, side, exchange })]
  }

  function applyCombination(order: Order, fill: VenueFill): Execution[] {
    const { legs, exchange } = combinationOf(order)
    const { side } = order.terms
    const whole = { ...fill, number: 1, side, exchange }
    const soFar = filledBy(order.permId, 0)
    soFar.quantity += fill.quantity
    soFar.priced += fill.price * fill.quantity
    return [
      execution(order, { ...whole, contract: null }, { soFar, commission: null }),
      ...legs.map((leg, at) =>
        trade(order, {
          ...whole,
          number: at + 2,
          contract: leg.contract,
          side: sideOfLeg(leg.side, side),
          exchange: leg.exchange,
          quantity: fill.quantity * leg.ratio,
          price: fill.legPrices[at] as number,
        }),
      ),
    ]
  }

  return {
    apply: (order, fill) => {
      fills++
      forgetClosed()
      const { instrument } = order
      const made =
        instrument.kind === 'single' ? applySingle(order, instrument, fill) : applyCombination(order, fill)
      const traded = new Set(
        made.flatMap(({ traded }) => (traded.kind === 'contract' ? [traded.contract.conId] : [])),
      )
      return {
        executions: made,
        positions: [...traded].map((conId) => positionOf(holdings.get(conId) as Holding)),
        commission: made.reduce((sum, { commission }) => sum + (commission?.amount ?? 0), 0),
      }
    },
    settle: (contract, price) => {
      forgetClosed()
      const before = holdings.get(contract.conId)
      if (!before || before.quantity === 0) return null
      const { quantity } = before
      const side = quantity > 0 ? 'SELL' : 'BUY'
      const closing = { contract, side, quantity: Math.abs(quantity), price, commission: 0 } as const
      const after = applyTrade(before, closing)
      holdings.set(contract.conId, after)
      cash += cashOf(closing)
      const realizedPnl = dollars(after.realizedPnl - before.realizedPnl)
      return { contract, quantity, price, realizedPnl, at: now() }
    },
    forget: (permId) => void filled.delete(permId),
    executions: () => executions.slice(-MOST_EXECUTIONS),
    positions: () => [...holdings.values()].map(positionOf),
    cash: () => dollars(cash),
  }
}

/** One contract's part of a fill. */
interface Part {
  /** 1 for a single contract and for a combination itself; its legs follow. */
  readonly number: number
  readonly contract: SimContract
  readonly side: Side
  readonly exchange: string
  readonly quantity: number
  readonly price: number
  readonly wasResting: boolean
}

function combinationOf({ instrument }: Order) {
  if (instrument.kind !== 'combination') throw new Error('not a combination')
  return instrument
}

/** `0000e0d5.0000002a.01.01`: gateway, fill, part of the fill, correction. */
function execId(fill: number, part: number): string {
  return `0000e0d5.${fill.toString(16).padStart(8, '0')}.${String(part).padStart(2, '0')}.01`
}
