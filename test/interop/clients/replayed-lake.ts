import { join } from 'node:path'
import { openLake } from '../../../src/lake/open.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../../src/market/units.ts'
import { type ComparedRows, rowDifferences } from '../../support/replayed-rows.ts'
import { runProgram, startSimulate } from './simulate-program.ts'

const SYMBOLS = ['SPY', 'AAPL', 'BRK.B']
const SLOTS = ['2026-11-20T10:00:00-05:00', '2026-11-20T10:05:00-05:00']
/** A universe of some hundred contracts, at the pace of the simulator. */
const FAST = {
  OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '1500',
  OPTIONLAKE_GATEWAY_LINES: '900',
  OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '300',
  OPTIONLAKE_UNIVERSE_MAX_DAYS_TO_EXPIRY: '14',
}
/** Everything that is listed: the window around the price may otherwise lose a strike at its edge. */
const WHOLE = {
  ...FAST,
  OPTIONLAKE_UNIVERSE_POLICY: 'all',
  OPTIONLAKE_UNIVERSE_MAX_DAYS_TO_EXPIRY: '3650',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '10',
}

/** Records two slots and the daily history of the synthetic market into a new lake. */
export async function recordLake(folder: string): Promise<void> {
  for (const [at, slot] of SLOTS.entries()) {
    await collectFrom(['--now', slot], folder, { environment: FAST, withHistory: at === 0 })
  }
}

/** Collects both slots of the lake again from a replay of it, and compares the rows of every symbol. */
export async function compareReplay(lake: string, folder: string): Promise<ComparedRows> {
  const again = join(folder, 'again')
  for (const [at, slot] of SLOTS.entries()) {
    const replay = ['--replay', lake, ...(at === 0 ? [] : ['--from', slot])]
    await collectFrom(replay, again, { environment: WHOLE, withHistory: at === 0 })
  }
  const compared: ComparedRows[] = []
  for (const slot of SLOTS) {
    for (const symbol of SYMBOLS) {
      const at = epochMs(Date.parse(slot))
      compared.push(rowDifferences(await rowsOf(lake, symbol, at), await rowsOf(again, symbol, at)))
    }
  }
  compared.push(await observationDifferences(lake, again))
  return {
    rows: compared.reduce((sum, { rows }) => sum + rows, 0),
    differences: compared.flatMap(({ differences }) => differences),
  }
}

async function collectFrom(
  args: readonly string[],
  lake: string,
  options: { readonly environment: Readonly<Record<string, string>>; readonly withHistory: boolean },
): Promise<void> {
  const simulator = await startSimulate(args)
  try {
    const gateway = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway', '--lake', lake]
    const symbols = ['--symbols', SYMBOLS.join(',')]
    await runProgram(['collect-once', ...gateway, ...symbols], options.environment)
    if (options.withHistory) await runProgram(['backfill', ...gateway, ...symbols])
  } finally {
    await simulator.stop()
  }
}

async function rowsOf(folder: string, symbol: string, at: EpochMs) {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  try {
    return await chainAsOf(lake, symbol, { at })
  } finally {
    await lake.close()
  }
}

/** The daily history is compared in all columns but the time at which it was recorded. */
async function observationDifferences(recorded: string, collected: string): Promise<ComparedRows> {
  const [before, after] = [await observationsOf(recorded), await observationsOf(collected)]
  const found = new Set(after)
  const known = new Set(before)
  return {
    rows: before.length,
    differences: [
      ...before.filter((row) => !found.has(row)).map((row) => `${row}: not collected`),
      ...after.filter((row) => !known.has(row)).map((row) => `${row}: not recorded`),
    ],
  }
}

async function observationsOf(folder: string): Promise<string[]> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  try {
    const rows = await readRows(lake, DAILY_OBSERVATIONS)
    return rows.map(({ recorded_at: _, ...row }) => JSON.stringify(row))
  } finally {
    await lake.close()
  }
}
