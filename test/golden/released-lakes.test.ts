import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  after,
  append,
  chain,
  compact,
  type Lake,
  openLake,
  slotOf,
  sql,
  temporaryFolder,
  verify,
} from './imports.ts'
import { makeLake, stoppedClock } from './make-lake.ts'

const root = resolve(import.meta.dirname, '../..')
const fixtures = join(root, 'test/fixtures')
const text = (path: string) => readFileSync(join(root, path), 'utf8')
const clock = stoppedClock(after(20))

// docs/releasing.md: MAKE_LAKE=0.2 makes test/fixtures/lake-0.2 with the program as it is released.
if (process.env.MAKE_LAKE !== undefined) await makeLake(join(fixtures, `lake-${process.env.MAKE_LAKE}`))
const lakes = readdirSync(fixtures).filter((name) => /^lake-\d+\.\d+$/.test(name))

/** What was stored, in columns that every version has had; slots from `after(20)` on are of this test. */
async function contentsOf(lake: Lake): Promise<unknown> {
  const tables = {
    option_snapshots: 'timestamp, symbol, expiry, strike, "right", bid, ask, iv, delta, open_interest, flags',
    slots: 'timestamp, symbol, outcome, reason, requested, answered, rows',
    market_metrics: 'timestamp, symbol, iv30, vix',
  }
  const contents: Record<string, unknown> = {}
  for (const [table, columns] of Object.entries(tables)) {
    const { rows } = await sql(
      lake,
      `SELECT ${columns} FROM ${table} WHERE epoch_ms(timestamp) < ${after(20)} ORDER BY ALL`,
      { maxRows: 10_000 },
    )
    contents[table] = JSON.stringify(rows)
  }
  return contents
}

test.each(lakes)('%s opens, takes a slot, is compacted and keeps every row', async (name) => {
  const folder = join(temporaryFolder(), 'lake')
  cpSync(join(fixtures, name), folder, { recursive: true })
  expect((await verify(folder, { clock })).findings).toEqual([])
  const reading = await openLake(folder, { mode: 'read', clock })
  const before = await contentsOf(reading)
  await reading.close()

  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  onTestFinished(() => lake.close())
  await append(lake, slotOf({ SPY: chain(30), QQQ: chain(10) }, after(20)))
  await compact(lake, { scope: { kind: 'all' } })
  expect(await contentsOf(lake)).toEqual(before)
  const { rows } = await sql(
    lake,
    `SELECT count(*)::INT FROM option_snapshots WHERE epoch_ms(timestamp) = ${after(20)}`,
  )
  expect(rows).toEqual([[40]])
  expect((await verify(folder, { clock })).findings).toEqual([])
})

test('every released version has a lake that it wrote', () => {
  const released = [...text('CHANGELOG.md').matchAll(/^## (\d+\.\d+)\.\d+(, not released yet)?/gm)].flatMap(
    ([, version, notYet]) => (notYet === undefined ? [`lake-${version}`] : []),
  )
  expect(lakes).toEqual(expect.arrayContaining([...new Set(released)]))
})

test('commits name the version of the package', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string }
  expect(text('src/lake/tables/commit-info.ts')).toContain(`const ENGINE = 'optionlake/${version}'`)
})
