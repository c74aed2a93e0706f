import { join } from 'node:path'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots, stats } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import { checkLake, faultCount } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { ROWS_A_SYMBOL } from '../support/writer-operations.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, eachRound } from './campaign.ts'

const WHOLE_MINUTES = 10
const QUICK_SECONDS = 10
/** One reader keeps its lake open; the other opens it for every read. */
const READERS = 2
const CHAIN = `SELECT count(*)::DOUBLE, count(*) FILTER (symbol = 'QQQ')::DOUBLE FROM option_snapshots`

/** What a reader saw last; none of these may ever decrease. */
interface Seen {
  rows: number
  counted: number
  ledger: number
  version: number
}

interface Tally {
  reads: number
  readonly errors: string[]
  readonly backwards: string[]
}

/** Reads everything once, and compares it with what was seen before. */
async function read(lake: Lake, seen: Seen, tally: Tally): Promise<void> {
  const [rows, qqq] = (await sql(lake, CHAIN)).rows[0] as [number, number]
  const { rows: counted, version } = await stats(lake)
  const ledger = (await slots(lake)).length
  const chain = await latestChain(lake, 'SPY')
  const now: Seen = { rows, counted, ledger, version }
  for (const name of Object.keys(now) as (keyof Seen)[]) {
    if (now[name] < seen[name]) tally.backwards.push(`${name} went from ${seen[name]} to ${now[name]}`)
  }
  if (rows !== 2 * qqq) tally.backwards.push(`half a slot: ${rows} rows, ${qqq} of them QQQ`)
  if (chain.length !== 0 && chain.length !== ROWS_A_SYMBOL) {
    tally.backwards.push(`a latest chain of ${chain.length} rows`)
  }
  Object.assign(seen, now)
  tally.reads++
}

async function readUntil(
  over: () => boolean,
  { folder, anew }: { folder: string; anew: boolean },
  tally: Tally,
) {
  const seen: Seen = { rows: 0, counted: 0, ledger: 0, version: 0 }
  const open = () => openLake(folder, { mode: 'read', clock: systemClock })
  let lake = await open()
  while (!over()) {
    await read(lake, seen, tally).catch((error: Error) => void tally.errors.push(error.message))
    if (!anew) continue
    await lake.close()
    lake = await open()
  }
  await lake.close()
}

export const readers: Campaign = {
  name: 'readers',
  summary: 'two readers beside a process that writes as fast as it can, for 10 minutes (--minutes)',
  takes: '10 minutes',
  run: async ({ programs, quick, minutes }) => {
    const seconds = minutes === undefined && quick ? QUICK_SECONDS : (minutes ?? WHOLE_MINUTES) * 60
    const tally: Tally = { reads: 0, errors: [], backwards: [] }
    let stored = 0
    await withFolder(async (outside) => {
      const folder = join(outside, 'lake')
      const writer = startWriter({ programs, folder })
      await expectEvent(writer, 'open')
      let over = false
      const reading = Array.from({ length: READERS }, (_, at) =>
        readUntil(() => over, { folder, anew: at > 0 }, tally),
      )
      await eachRound('seconds', Math.ceil(seconds), () => systemClock.sleep(1_000))
      over = true
      await Promise.all(reading).finally(() => writer.kill())
      const check = await checkLake(folder, writer.acknowledged())
      stored = check.operations
      if (faultCount(check) > 0) tally.errors.push(...check.details)
    })
    for (const line of [...tally.errors, ...tally.backwards]) console.log(line)
    return [
      { name: 'slots written', value: stored, unit: 'slots', atLeast: 1 },
      { name: 'reads', value: tally.reads, unit: 'reads', atLeast: 1 },
      { name: 'errors', value: tally.errors.length, unit: 'errors', atMost: 0 },
      {
        name: 'counts that decreased, and torn slots',
        value: tally.backwards.length,
        unit: 'times',
        atMost: 0,
      },
    ]
  },
}
