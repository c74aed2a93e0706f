import { yearsToExpiry } from '../../market/option-hours.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { Market, SimContract } from '../market/market.ts'
import type { Broker } from '../orders/broker.ts'
import type { Position } from '../orders/order.ts'
import { createDayLedger } from './day-ledger.ts'
import { type Holdings, type MarginFigures, marginOf, sharesPerUnit } from './margin.ts'
import { intrinsicValue, priceOf } from './valuation.ts'

/** Profit and loss in dollars; null where a price that it needs is not known. */
export interface ProfitAndLoss {
  /** Since the previous close: of what was held overnight, and of what was traded since. */
  readonly daily: number | null
  /** Market value less cost of what is held. */
  readonly unrealized: number | null
  /** Of what was closed today. */
  readonly realized: number
}

/** One position at the prices of the moment. */
export interface ValuedHolding {
  readonly position: Position
  /** Dollars a share; what it has cost where the market has no price. */
  readonly price: number
  /** Dollars, with the multiplier; negative when short. */
  readonly marketValue: number
  readonly pnl: ProfitAndLoss
}

/** The whole account at one moment: everything in it is computed from the same prices. */
export interface AccountSnapshot {
  /** Dollars. */
  readonly cash: number
  /** Positions held, and those closed on this day with quantity 0. */
  readonly holdings: readonly ValuedHolding[]
  readonly margin: MarginFigures
  readonly pnl: ProfitAndLoss
}

/** The account as its owner sees it: the broker's positions and cash, at the market's prices. */
export interface Account {
  readonly name: string
  snapshot(): AccountSnapshot
  /** One position; null for a contract that was never traded. */
  holding(conId: number): ValuedHolding | null
  /** Cash and positions for the margin rule, as they are without any open order. */
  holdings(): Holdings
}

export function createAccount(sources: {
  readonly name: string
  readonly broker: Broker
  readonly market: Pick<Market, 'quote' | 'byConId'>
  /** The time of the prices. */
  readonly now: () => EpochMs
  /** The trading date of a time that clients are told, such as that of an execution. */
  readonly dateOf: (at: EpochMs) => string
  readonly gatewayTime: () => EpochMs
}): Account {
  const { name, broker, market, now } = sources
  const ledger = createDayLedger(({ at }) => sources.dateOf(at))
  const today = () => sources.dateOf(sources.gatewayTime())
  for (const execution of broker.executions()) ledger.record(execution)
  broker.onChange((change) => {
    if (change.kind === 'execution') ledger.record(change.execution)
  })

  function underlyingPrice(conId: number, at: EpochMs): number | null {
    const underlying = market.byConId(conId)
    return underlying ? priceOf(market.quote(underlying, at)) : null
  }

  /** Prices of a contract now and at the previous close; null where the market has none. */
  function pricesOf(contract: SimContract, at: EpochMs): { price: number | null; close: number | null } {
    const quote = market.quote(contract, at)
    const close = quote.close ?? null
    const price = priceOf(quote)
    if (price !== null || contract.secType !== 'OPT') return { price, close }
    if (yearsToExpiry(at, contract.expiry as ExpiryDate, contract.symbol) > 0) return { price, close }
    const spot = underlyingPrice(contract.underlyingConId, at)
    return { price: spot === null ? null : intrinsicValue(contract, spot), close }
  }

  function valued(position: Position, at: EpochMs): ValuedHolding {
    const { contract, quantity, averageCost } = position
    const shares = sharesPerUnit(contract)
    const { price, close } = pricesOf(contract, at)
    const traded = ledger.of(contract.conId, today())
    const overnight = quantity - traded.quantity
    const marketValue = quantity * (price === null ? averageCost : price * shares)
    const isPriced = quantity === 0 || price !== null
    const openedAt = overnight === 0 ? 0 : close === null ? null : overnight * close * shares
    return {
      position,
      price: price ?? averageCost / shares,
      marketValue,
      pnl: {
        daily: isPriced && openedAt !== null ? marketValue - openedAt - traded.paid : null,
        unrealized: isPriced ? marketValue - quantity * averageCost : null,
        realized: traded.realizedPnl,
      },
    }
  }

  function holdingsOf(positions: readonly ValuedHolding[], at: EpochMs): Holdings {
    const known = new Map<number, number | null>()
    return {
      cash: broker.cash(),
      positions: positions
        .filter(({ position }) => position.quantity !== 0)
        .map(({ position: { contract, quantity }, price }) => ({ contract, quantity, price })),
      underlyingPrice: (conId) => {
        const price = known.get(conId) ?? underlyingPrice(conId, at)
        known.set(conId, price)
        return price
      },
    }
  }

  function valuedNow(at: EpochMs): ValuedHolding[] {
    const date = today()
    return broker
      .positions()
      .filter(({ contract, quantity }) => quantity !== 0 || isTraded(ledger.of(contract.conId, date)))
      .map((position) => valued(position, at))
  }

  return {
    name,
    snapshot: () => {
      const at = now()
      const holdings = valuedNow(at)
      const held = holdingsOf(holdings, at)
      return {
        cash: held.cash,
        holdings,
        margin: marginOf(held),
        pnl: {
          daily: total(holdings.map(({ pnl }) => pnl.daily)),
          unrealized: total(holdings.map(({ pnl }) => pnl.unrealized)),
          realized: ledger.realizedPnl(today()),
        },
      }
    },
    holding: (conId) => {
      const position = broker.positions().find(({ contract }) => contract.conId === conId)
      return position ? valued(position, now()) : null
    },
    holdings: () => {
      const at = now()
      return holdingsOf(valuedNow(at), at)
    },
  }
}

function isTraded({ quantity, paid, realizedPnl }: { quantity: number; paid: number; realizedPnl: number }) {
  return quantity !== 0 || paid !== 0 || realizedPnl !== 0
}

/** null as soon as one part is not known. */
function total(parts: ReadonlyArray<number | null>): number | null {
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0)
}
