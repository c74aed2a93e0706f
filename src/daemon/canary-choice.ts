import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import type { Canary } from '../gateway/supervisor/canary.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import { plan } from '../harvest/plan.ts'
import { addDays, dateToExpiry, type SessionDate } from '../market/units.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** The option that is streamed all session long, only to hear that option data flow. */
export interface Canaries {
  /** Chooses one for the date, from the first symbol of which a slot was stored; once a day. */
  choose(date: SessionDate, reports: readonly LedgerRow[]): void
}

/** An expiration so far out that its options quote without pause; days. Where none is collected, the last one serves. */
const LEAST_DAYS = 7

export function openCanaries(keeper: SessionSupervisor, contractsFolder: string): Canaries {
  let chosenFor: SessionDate | null = null
  let canary: Canary | null = null
  return {
    choose: (date, reports) => {
      if (chosenFor === date) return
      const report = reports.find((row) => row.answered > 0 && row.underlying_price !== null)
      const daybook = report && readChainCache(chainCachePath(contractsFolder, report.symbol))
      if (!daybook) return
      const from = dateToExpiry(addDays(date, LEAST_DAYS))
      // One that expires today may be worthless, and silent, long before the close.
      const alive = [...daybook.contracts]
        .filter(([expiry]) => expiry > dateToExpiry(date))
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const chosen = alive.find(([expiry]) => expiry >= from) ?? alive.at(-1)
      const [option] = plan(chosen?.[1] ?? [], report.underlying_price as number)
      if (!option) return
      canary?.stop()
      const { symbol, expiry, strike, right, conId, exchange } = option
      canary = keeper.watch({
        conId,
        exchange,
        name: `${symbol} ${expiry} ${strike} ${right}`,
        role: 'option',
      })
      chosenFor = date
    },
  }
}
