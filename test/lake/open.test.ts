import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { commitName } from '../../src/delta/index.ts'
import { commitText } from '../../src/lake/delta.ts'
import { currentState, openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots, stats } from '../../src/lake/query/stats.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake, WRITER } from './lakes.ts'
import { after, chain, SLOT, slotOf } from './slots.ts'

const clock = systemClock

/** Starts the writer; `lines` receives what it prints. */
function startWriter(folder: string, first: number, lines: string[], more: string[] = []): ChildProcess {
  const child = spawn(process.execPath, [WRITER, folder, String(first), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line))
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await clock.sleep(5)
}

test('a lake is created where there was none, and keeps its source', async () => {
  const folder = join(temporaryFolder(), 'deep', 'lake')
  const lake = await openLake(folder, { mode: 'write', source: 'ib', clock })
  await lake.close()
  const again = await openLake(folder, { mode: 'write', source: 'ib', clock })
  await again.close()
  expect((await readingLake(folder)).source).toBe('ib')
  await expect(openLake(folder, { mode: 'write', source: 'simulated', clock })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringMatching(/holds rows of source "ib", this run has source "simulated"/),
  })
})

test('a folder that cannot be created is named, with the reason', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await expect(openLake(join(file, 'lake'), { mode: 'write', source: 'ib', clock })).rejects.toMatchObject({
    exitCode: 73,
    message: expect.stringMatching(/cannot make or write the lake folder .*\/file\/lake \(ENOTDIR\)/),
  })
})

test('reading where there is no lake says what to do, and creates nothing', async () => {
  const folder = temporaryFolder()
  await expect(openLake(folder, { mode: 'read', clock })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringContaining('collect first: optionlake collect-once'),
  })
  expect(filesBelow(folder)).toEqual([])
})

test.each([
  ['schema version', { properties: { 'optionlake.source': 'ib', 'optionlake.schemaVersion': '1000' } }],
  ['reader version', { protocol: { minReaderVersion: 3, minWriterVersion: 7 } }],
  ['writer version', { protocol: { minReaderVersion: 1, minWriterVersion: 7 } }],
])('a lake of a newer %s is refused', async (_what, change) => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'ib', clock })
  const metaData = (await currentState(lake)).metaData!
  await lake.close()
  const action =
    'protocol' in change
      ? { protocol: change.protocol }
      : { metaData: { ...metaData, configuration: change.properties } }
  writeFileSync(join(lake.layout.log, commitName(1)), commitText([action]))
  await expect(openLake(folder, { mode: 'write', source: 'ib', clock })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringContaining('update optionlake'),
  })
})

test('a second writing process is refused, whatever path it uses for the folder; readers are not', async () => {
  const folder = temporaryFolder()
  const lines: string[] = []
  const child = startWriter(folder, 0, lines)
  await until(() => lines.length > 2)
  const link = join(temporaryFolder(), 'link')
  symlinkSync(folder, link)
  await expect(openLake(link, { mode: 'write', source: 'simulated', clock })).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/is being written by another process/),
  })
  expect(await latestChain(await readingLake(link), 'SPY')).toHaveLength(200)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lake = await openLake(link, { mode: 'write', source: 'simulated', clock })
  await lake.close()
})

test('a reader sees whole slots, never fewer than before, while another process writes', async () => {
  const folder = temporaryFolder()
  const lines: string[] = []
  startWriter(folder, 0, lines)
  await until(() => lines.length > 1)
  const lake = await readingLake(folder)
  let before = 0
  for (let n = 0; n < 20; n++) {
    const { rows } = await sql(
      lake,
      "SELECT count(*), count(*) FILTER (symbol = 'QQQ') FROM option_snapshots",
    )
    const [all, qqq] = rows[0] as [number, number]
    expect(all).toBe(3 * qqq)
    expect(all).toBeGreaterThanOrEqual(before)
    before = all
  }
  expect(before).toBeGreaterThan(0)
})

test('killed at any moment, four times, it has every acknowledged slot, and nothing torn or duplicated', async () => {
  const folder = temporaryFolder()
  const acknowledged = new Set<number>()
  let next = 0
  for (let round = 0; round < 4; round++) {
    const lines: string[] = []
    const child = startWriter(folder, next, lines)
    await until(() => lines.length > 1)
    await clock.sleep(1 + round * 9)
    child.kill('SIGKILL')
    await once(child, 'close')
    for (const line of lines.slice(1)) acknowledged.add(Number(line))
    next = Math.max(...acknowledged) + 1
  }
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  onTestFinished(() => lake.close())
  const stored = (await slots(lake, { symbol: 'SPY' })).map((row) => (row.timestamp - SLOT) / 300_000)
  expect([...acknowledged].filter((slot) => !stored.includes(slot))).toEqual([])
  const { rows } = await sql(
    lake,
    'SELECT count(*), count(DISTINCT (timestamp, symbol, strike, expiry, "right")) FROM option_snapshots',
  )
  expect(rows).toEqual([[300 * stored.length, 300 * stored.length]])
  expect((await stats(lake)).rows).toBe(300 * stored.length)
  const known = new Set((await currentState(lake)).files.keys())
  const seen = filesBelow(lake.layout.table).filter((path) => !path.startsWith('_delta_log/'))
  // Files left by the last kill are newer than this process and stay until the next opening.
  expect([...known].filter((path) => !seen.includes(path))).toEqual([])
})

test('killed at any moment while its log is cleaned, it has every acknowledged slot, and its ledger', async () => {
  const folder = temporaryFolder()
  const acknowledged = new Set<number>()
  let next = 0
  for (let round = 0; round < 4; round++) {
    const lines: string[] = []
    const child = startWriter(folder, next, lines, ['3'])
    // With a checkpoint at every third commit, every round includes some.
    await until(() => lines.length > 5 + (round % 3))
    await clock.sleep(round * 7)
    child.kill('SIGKILL')
    await once(child, 'close')
    for (const line of lines.slice(1)) acknowledged.add(Number(line))
    next = Math.max(...acknowledged) + 1
  }
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  onTestFinished(() => lake.close())
  expect(lake.snapshots.faults).toEqual([])
  expect(existsSync(join(lake.layout.log, commitName(0)))).toBe(false)
  const ledger = await slots(lake)
  const stored = ledger.filter((row) => row.symbol === 'SPY').map((row) => (row.timestamp - SLOT) / 300_000)
  expect([...acknowledged].filter((slot) => !stored.includes(slot))).toEqual([])
  expect(ledger.every((row) => row.rows === (row.symbol === 'SPY' ? 200 : 100))).toBe(true)
  const { rows } = await sql(
    lake,
    'SELECT count(*), count(DISTINCT (timestamp, con_id, symbol)) FROM option_snapshots',
  )
  expect(rows).toEqual([[300 * stored.length, 300 * stored.length]])
})

test('a clock that jumps back and forth changes nothing but times', async () => {
  const folder = temporaryFolder()
  const day = 86_400_000
  let shift = 0
  const turning = { ...clock, now: () => epochMs(clock.now() + shift * day) }
  const maintenance = { checkpointEvery: 3, logRetentionDays: 1, removedRetentionDays: 1 }
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: turning, maintenance })
  for (const [n, days] of [0, -400, 30, -30, 400, 0, -1, 7].entries()) {
    shift = days
    const { maintenance } = await append(lake, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(n % 6)))
    expect(maintenance.kind).not.toBe('failed')
  }
  const [ledger, replaced] = [await slots(lake), [...lake.snapshots.state.removed.keys()]]
  await lake.close()
  const again = await temporaryLake(folder)
  expect(again.cleared.quarantined).toEqual([])
  expect([...again.snapshots.state.removed.keys()]).toEqual(replaced)
  expect(await slots(again)).toEqual(ledger)
  expect((await stats(again)).slots).toBe(6)
  const { rows } = await sql(again, 'SELECT count(*) FROM option_snapshots')
  expect(rows).toEqual([[6 * 30]])
})

test('after a killed writer, unfinished files are deleted and uncommitted data files are moved aside', async () => {
  const folder = temporaryFolder()
  const first = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await append(first, slotOf({ SPY: chain(20) }))
  await append(first, slotOf({ SPY: chain(20) }))
  const table = await currentState(first)
  await first.close()
  const [kept] = [...table.files.keys()]
  const [replaced] = [...table.removed.keys()]
  const data = dirname(kept!)
  const old = new Date('2026-01-01')
  const named = (n: number) => `1530Z-${String(n).repeat(32)}-1.parquet`
  for (const name of ['.tmp-1', named(1), named(2)]) {
    writeFileSync(join(first.layout.table, data, name), 'x')
    if (name !== named(2)) utimesSync(join(first.layout.table, data, name), old, old)
  }
  for (const path of [kept!, replaced!]) utimesSync(join(first.layout.table, path), old, old)
  writeFileSync(join(first.layout.log, '.tmp-2'), 'x')
  utimesSync(join(first.layout.log, '.tmp-2'), old, old)
  mkdirSync(join(folder, 'notes'))
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await lake.close()
  expect([...lake.cleared.deleted].sort()).toEqual(['_delta_log/.tmp-2', `${data}/.tmp-1`])
  expect(lake.cleared.quarantined).toEqual([`${data}/${named(1)}`])
  expect(readFileSync(join(lake.layout.quarantine, data, named(1)), 'utf8')).toBe('x')
  const seen = filesBelow(join(lake.layout.table, data)).map((name) => `${data}/${name}`)
  expect(seen).toEqual([kept, replaced, `${data}/${named(2)}`].sort())
})

test('a disk error is a failure that leaves nothing visible, and the next append succeeds', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  // A file where QQQ's folder should be: its write fails after SPY's has been prepared.
  const blocked = join(lake.layout.table, 'symbol=QQQ')
  writeFileSync(blocked, '')
  const slot = slotOf({ SPY: chain(30), QQQ: chain(10) }, after(1))
  await expect(append(lake, slot)).rejects.toMatchObject({
    exitCode: 74,
    message: expect.stringMatching(/cannot write .*symbol=QQQ.*\((ENOTDIR|EEXIST)\)/),
  })
  expect((await currentState(lake)).version).toBe(1)
  expect(filesBelow(lake.layout.table).filter((path) => path.endsWith('.parquet'))).toHaveLength(1)
  expect(existsSync(blocked)).toBe(true)
  expect(await append(lake, slotOf({ SPY: chain(30) }, after(1)))).toMatchObject({ version: 2 })
})

test('the option of version 0.1 for maintenance works, with a warning that gives the new name', async () => {
  const folder = temporaryFolder()
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const options = { mode: 'write', source: 'simulated', clock: systemClock } as const
  const lake = await openLake(folder, { ...options, upkeep: { checkpointEvery: 2 } })
  expect(lake.maintenance).toMatchObject({ checkpointEvery: 2, logRetentionDays: 30 })
  expect(await warned).toMatchObject({
    name: 'DeprecationWarning',
    message: expect.stringContaining("now 'maintenance'"),
  })
  await lake.close()
})
