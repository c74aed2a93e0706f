import { newYorkDate, newYorkTime } from '../market/calendar.ts'
import { epochMs } from '../market/units.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** One stored slot for the log. */
interface SlotLine {
  /** Every symbol is stored whole. */
  readonly isWhole: boolean
  /** `slot 2026-11-20 10:00: SPY 2,250 of 2,250 contracts; IWM partial 1,900 of 2,000: connection lost`. */
  readonly text: string
  readonly facts: object
}

/** What became of every symbol of a slot, in one line. */
export function describeSlot(reports: readonly LedgerRow[]): SlotLine {
  const [first] = reports
  const at = first ? epochMs(first.timestamp) : null
  const slot = at === null ? '' : `slot ${newYorkDate(at)} ${newYorkTime(at)}`
  return {
    isWhole: reports.every(({ outcome }) => outcome === 'stored'),
    text: `${slot}: ${reports.map(describeSymbol).join('; ')}`,
    facts: {
      slot: at === null ? null : new Date(at).toISOString(),
      symbols: reports.map(({ symbol, outcome, reason, detail, rows }) => ({
        ...{ symbol, outcome, reason, detail, rows },
      })),
    },
  }
}

function describeSymbol({ symbol, outcome, reason, detail, requested, answered }: LedgerRow): string {
  const contracts = `${whole(answered)} of ${contractsText(requested)}`
  if (outcome === 'stored') return `${symbol} ${contracts}`
  const why = whyText(reason, detail)
  return outcome === 'missing' ? `${symbol} missing: ${why}` : `${symbol} partial, ${contracts}: ${why}`
}

function contractsText(count: number): string {
  return `${whole(count)} contract${count === 1 ? '' : 's'}`
}

/** A reason with its detail, which is not said twice: "stopped: 1,855 contracts", and not "stopped: 1855 stopped". */
export function whyText(reason: string | null, detail: string | null): string {
  const words = (reason ?? 'unknown reason').replaceAll('_', ' ')
  if (detail === null || detail === '') return words
  if (detail.startsWith(words)) return detail
  const counted = detail.replace(/^(\d+) (\w+)/, (all, number: string, own: string) =>
    own === reason ? contractsText(Number(number)) : all,
  )
  return `${words}: ${counted}`
}

function whole(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en-US')
}
