import type { EpochMs } from '../../market/units.ts'
import type { Market, SimQuote } from '../market/market.ts'
import type { Broker } from '../orders/broker.ts'
import type { Position } from '../orders/order.ts'
import { createDayLedger } from './day-ledger.ts'
import { type MarginFigures, marginOf, sharesPerUnit } from './margin.ts'
import { holdingsOf, type Prices, priceOf } from './valuation.ts'

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

/** Within this time all who look at the account see the same snapshot unless an order has changed it, ms. */
const SNAPSHOT_MS = 50

/** The account as its owner sees it: the broker's positions and cash, at the market's prices. */
export interface Account {
  /** Valued at most 50 ms ago; every change of the account is in it. */
  snapshot(): AccountSnapshot
  /** One position; null for a contract that was not traded, or was closed on an earlier day. */
  holding(conId: number): ValuedHolding | null
}

export function createAccount(sources: {
  readonly broker: Broker
  readonly market: Pick<Market, 'quote' | 'byConId'>
  /** The time of the prices. */
  readonly now: () => EpochMs
  /** The trading date of a time that clients are told, such as that of an execution. */
  readonly dateOf: (at: EpochMs) => string
  readonly gatewayTime: () => EpochMs
}): Account {
  const { broker, market, now } = sources
  const ledger = createDayLedger(sources.dateOf)
  const today = () => sources.dateOf(sources.gatewayTime())
  let latest: { readonly at: EpochMs; readonly snapshot: AccountSnapshot } | null = null
  for (const execution of broker.executions()) ledger.record(execution)
  broker.onChange((change) => {
    latest = null
    if (change.kind === 'execution') ledger.record(change.execution)
    if (change.kind === 'settlement') ledger.recordSettlement(change.settlement)
  })

  /** The prices of the moment; each contract is quoted once. */
  function prices(): Prices {
    const at = now()
    const quotes = new Map<number, SimQuote>()
    return {
      quote: (contract) => {
        const quote = quotes.get(contract.conId) ?? market.quote(contract, at)
        quotes.set(contract.conId, quote)
        return quote
      },
      byConId: (conId) => market.byConId(conId),
    }
  }

  function valued(position: Position, from: Prices): ValuedHolding {
    const { contract, quantity, averageCost } = position
    const shares = sharesPerUnit(contract)
    const price = priceOf(from.quote(contract))
    const close = from.quote(contract).close ?? null
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

  /** Positions held, and those closed today. */
  function positionsOfToday(): Position[] {
    const date = today()
    return broker
      .positions()
      .filter(({ contract, quantity }) => quantity !== 0 || isTraded(ledger.of(contract.conId, date)))
  }

  function valuedAccount(): AccountSnapshot {
    const from = prices()
    const positions = positionsOfToday()
    const holdings = positions.map((position) => valued(position, from))
    const cash = broker.cash()
    return {
      cash,
      holdings,
      margin: marginOf(holdingsOf({ cash, positions }, from)),
      pnl: {
        daily: total(holdings.map(({ pnl }) => pnl.daily)),
        unrealized: total(holdings.map(({ pnl }) => pnl.unrealized)),
        realized: ledger.realizedPnl(today()),
      },
    }
  }

  return {
    snapshot: () => {
      const at = now()
      if (latest && latest.at <= at && at < latest.at + SNAPSHOT_MS) return latest.snapshot
      const snapshot = valuedAccount()
      latest = { at, snapshot }
      return snapshot
    },
    holding: (conId) => {
      const position = broker.positions().find(({ contract }) => contract.conId === conId)
      return position ? valued(position, prices()) : null
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
