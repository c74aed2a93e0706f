import { type ChainCache, chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import { expiryOfKey } from '../../chain/expiration.ts'
import type { Canary } from '../../gateway/supervisor/canary.ts'
import type { SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { plan } from '../../harvest/plan.ts'
import type { OptionContract } from '../../market/contract.ts'
import { addDays, dateToExpiry, daysBetween, type SessionDate, sessionDate } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'

/**
 * Chooses the option that is streamed throughout the session, to detect when option data stops: one on a stock or an
 * index, because an order book of options on futures may be quiet for minutes.
 */
export interface CanaryChoice {
  /** Chooses one at start, from the chain and the price that an earlier run has kept, until the day's chain is there. */
  chooseKept(date: SessionDate, entries: readonly LedgerRow[]): void
  /** Chooses one for the trade date, from the first symbol that has answers and an underlying price; once a day. */
  choose(reports: readonly LedgerRow[]): void
}

/**
 * Options at least this far from expiry are quoted continuously; days. If none is collected, the last expiration is
 * used.
 */
const MIN_DAYS = 7
/** In an older chain, the option of that time may be far from the money by now; days. */
const MAX_KEPT_DAYS = 7

export function createCanaryChoice(
  supervisor: Pick<SessionSupervisor, 'watch'>,
  contractsFolder: string,
): CanaryChoice {
  let chosenFor: SessionDate | null = null
  let canary: Canary | null = null

  function watch({ symbol, expiry, strike, right, conId, exchange }: OptionContract): void {
    canary?.stop()
    const name = `${symbol} ${expiry} ${strike} ${right}`
    canary = supervisor.watch({ conId, exchange, name, role: 'option' })
  }

  function chainOf(symbol: string): ChainCache | null {
    return readChainCache(chainCachePath(contractsFolder, symbol))
  }

  return {
    chooseKept: (date, entries) => {
      const newestFirst = entries.filter(isOnStocks).sort((a, b) => b.timestamp - a.timestamp)
      for (const symbol of new Set(entries.filter(isOnStocks).map((entry) => entry.symbol))) {
        const cached = chainOf(symbol)
        if (!cached || daysBetween(cached.date, date) > MAX_KEPT_DAYS) continue
        const last = newestFirst.find((one) => one.symbol === symbol && one.underlying_price !== null)
        const price = last?.underlying_price ?? cached.windows.at(-1)?.price
        const option = price === undefined ? null : canaryOption(cached, price, date)
        if (option) return watch(option)
      }
    },
    choose: (reports) => {
      const report = reports.find(
        (row) => isOnStocks(row) && row.answered > 0 && row.underlying_price !== null,
      )
      if (!report || chosenFor === report.date) return
      const date = sessionDate(report.date)
      const cached = chainOf(report.symbol)
      const option = cached ? canaryOption(cached, report.underlying_price as number, date) : null
      if (!option) return
      watch(option)
      chosenFor = date
    },
  }
}

function isOnStocks({ kind }: LedgerRow): boolean {
  return kind !== 'FUT' && kind !== 'FOP'
}

/** An option at the money that is still alive after the date; null if there is none. */
function canaryOption({ contracts }: ChainCache, price: number, date: SessionDate): OptionContract | null {
  const from = dateToExpiry(addDays(date, MIN_DAYS))
  // One that expires today may be worthless, and silent, long before the close.
  const alive = [...contracts]
    .filter(([key, listed]) => expiryOfKey(key) > dateToExpiry(date) && listed.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const chosen = alive.find(([key]) => expiryOfKey(key) >= from) ?? alive.at(-1)
  return plan(chosen?.[1] ?? [], price)[0] ?? null
}
