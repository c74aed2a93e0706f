import { chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import type { Canary } from '../../gateway/supervisor/canary.ts'
import type { SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { plan } from '../../harvest/plan.ts'
import { addDays, dateToExpiry, type SessionDate } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'

/** Chooses the option that is streamed throughout the session, to detect when option data stops. */
export interface CanaryChoice {
  /** Chooses one for the date, from the first symbol that has answers and an underlying price; once a day. */
  choose(date: SessionDate, reports: readonly LedgerRow[]): void
}

/**
 * Options at least this far from expiry are quoted continuously; days. If none is collected, the last expiration is
 * used.
 */
const MIN_DAYS = 7

export function createCanaryChoice(supervisor: SessionSupervisor, contractsFolder: string): CanaryChoice {
  let chosenFor: SessionDate | null = null
  let canary: Canary | null = null
  return {
    choose: (date, reports) => {
      if (chosenFor === date) return
      const report = reports.find((row) => row.answered > 0 && row.underlying_price !== null)
      const cached = report && readChainCache(chainCachePath(contractsFolder, report.symbol))
      if (!cached) return
      const from = dateToExpiry(addDays(date, MIN_DAYS))
      // One that expires today may be worthless, and silent, long before the close.
      const alive = [...cached.contracts]
        .filter(([expiry]) => expiry > dateToExpiry(date))
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const chosen = alive.find(([expiry]) => expiry >= from) ?? alive.at(-1)
      const [option] = plan(chosen?.[1] ?? [], report.underlying_price as number)
      if (!option) return
      canary?.stop()
      const { symbol, expiry, strike, right, conId, exchange } = option
      const name = `${symbol} ${expiry} ${strike} ${right}`
      canary = supervisor.watch({ conId, exchange, name, role: 'option' })
      chosenFor = date
    },
  }
}
