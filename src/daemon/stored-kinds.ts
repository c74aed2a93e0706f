import { currentState, type Lake } from '../lake/open.ts'
import { slots } from '../lake/query/stats.ts'
import { ledgerDates } from '../lake/tables/ledger.ts'
import { collectsFutures, type Instrument, type InstrumentKind } from '../market/instrument.ts'
import { sessionDate } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How many dates of the ledger are searched for a symbol that has no rows of options. */
const SEARCH_DATES = 31

/**
 * Refuses a configuration that means something else by a symbol than the lake holds: rows of two instruments under one
 * symbol could not be told apart. Futures, and futures with options, are the same.
 * @throws Failure EXIT.configuration naming the symbol and both kinds. EXIT.io when the lake cannot be read.
 */
export async function checkKinds(lake: Lake, instruments: readonly Instrument[]): Promise<void> {
  const newest = await newestEntries(lake, instruments)
  for (const { symbol, kind } of instruments) {
    const entry = newest.get(symbol)
    const stored = entry && storedKind(entry)
    if (!stored || isSame(stored, kind)) continue
    throw new Failure(
      EXIT.configuration,
      `the lake ${lake.layout.root} holds ${symbol} as ${stored}, and the configuration says ${kind}: ` +
        `write { "symbol": "${symbol}", "kind": "${stored}" }, or collect ${kind} into another lake`,
    )
  }
}

/** Version 0.1 named no kind and collected stocks only. */
function storedKind({ kind }: LedgerRow): InstrumentKind {
  return (kind as InstrumentKind | null) ?? 'STK'
}

function isSame(one: InstrumentKind, other: InstrumentKind): boolean {
  return one === other || (collectsFutures({ kind: one }) && collectsFutures({ kind: other }))
}

/** An entry of each symbol's newest date, one that names its kind if there is any. */
async function newestEntries(
  lake: Lake,
  instruments: readonly Instrument[],
): Promise<ReadonlyMap<string, LedgerRow>> {
  const ofRows = new Map<string, string>()
  for (const { symbol, date } of (await currentState(lake)).files.values()) {
    if (date > (ofRows.get(symbol) ?? '')) ofRows.set(symbol, date)
  }
  const dates = [...(await ledgerDates(lake)).keys()].sort().reverse().slice(0, SEARCH_DATES)
  const found = new Map<string, LedgerRow>()
  for (const { symbol } of instruments) {
    const own = ofRows.get(symbol)
    for (const date of own === undefined ? dates : [sessionDate(own)]) {
      const entries = await slots(lake, { date, symbol })
      const entry = entries.find(({ kind }) => kind !== null) ?? entries[0]
      if (entry === undefined) continue
      found.set(symbol, entry)
      break
    }
  }
  return found
}
