/**
 * A process that stores slots as a daemon does for months: each slot at its time, then a query of the newest chain; each day
 * compacted after its close, replaced files vacuumed. Prints its resident memory at intervals, and its peak.
 *
 *   lake-commits.js <folder> <commits> <file with the rows of one slot as JSON>
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { append, type SlotCommit } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { RETENTION_MS, vacuum } from '../../src/lake/write/vacuum.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { SLOTS, type SyntheticDay, syntheticDays } from './synthetic.ts'

// As src/main.ts does.
setFlagsFromString('--heap-growing-percent=20')

const SAMPLE_EVERY = 39
const HOUR_MS = 3_600_000

const [folder, wanted, rowsFile] = process.argv.slice(2) as [string, string, string]
const commits = Number(wanted)
const template = JSON.parse(readFileSync(rowsFile, 'utf8')) as SlotCommit
let now = epochMs(0)
const clock: Clock = { ...systemClock, now: () => now }
const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
let done = 0
for (const day of syntheticDays(Math.ceil(commits / SLOTS), sessionDate('2026-11-20'))) {
  for (const slot of day.slots) {
    now = slot
    await append(lake, slotAt(slot, day))
    await latestChain(lake, 'SPY')
    if (++done % SAMPLE_EVERY === 0) process.stdout.write(`${done} ${process.memoryUsage.rss()}\n`)
  }
  now = epochMs((day.slots[SLOTS - 1] as EpochMs) + HOUR_MS)
  await compact(lake, { scope: { kind: 'finished', now } })
  await vacuum(lake, { retentionMs: RETENTION_MS })
}
await lake.close()
process.stdout.write(`peak ${process.resourceUsage().maxRSS * 1024}\n`)
process.exit(0)

/** The same contracts at another time, with other quotes. */
function slotAt(slot: EpochMs, { date }: SyntheticDay): SlotCommit {
  const move = Math.round(100 * Math.sin(slot)) / 100
  return {
    slot,
    date,
    symbols: template.symbols.map(({ symbol, rows, report }) => ({
      symbol,
      report: { ...report, timestamp: slot, date },
      rows: rows.map((row) => ({
        ...row,
        timestamp: slot,
        date,
        ask: row.ask === null ? null : row.ask + 1 + move,
      })),
    })),
  }
}
