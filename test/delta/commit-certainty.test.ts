import { promises, readdirSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type Action,
  commit,
  commitName,
  commitVersionOf,
  commitWithRetry,
  createTable,
  type DeltaTable,
  loadProjectedTable,
  loadTable,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const CHECKSUM = { checksum: { content: 'trades.checksum', file: 'trades.sha256' } }

function makeTable(): Promise<DeltaTable> {
  return createTable(
    temporaryFolder(),
    { columns: [{ name: 'price', type: 'double', nullable: false }] },
    CHECKSUM,
  )
}

type Calls = Pick<typeof promises, 'link' | 'open' | 'readFile'>

/** Replaces a file system call until the test ends. */
function replaceCall<Name extends keyof Calls>(
  name: Name,
  replacement: (real: Calls[Name]) => Calls[Name],
): void {
  const real = promises[name]
  Object.assign(promises, { [name]: replacement(real) })
  syncBuiltinESMExports()
  onTestFinished(() => {
    Object.assign(promises, { [name]: real })
    syncBuiltinESMExports()
  })
}

const systemError = (code: string) => Object.assign(new Error(`${code}: injected`), { code })
const addOf = (path: string): Action => ({
  add: { path, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true },
})
const versionsIn = ({ logFolder }: DeltaTable) =>
  readdirSync(logFolder)
    .flatMap((name) => commitVersionOf(name) ?? [])
    .sort()

/** Commits one file, and says what became of it. */
async function attempt(
  table: DeltaTable,
): Promise<{ code: string | null; isWithdrawn: boolean; message: string }> {
  let isWithdrawn = false
  const withdraw = async () => {
    isWithdrawn = true
  }
  const error = await commitWithRetry(table, async () => ({ actions: [addOf('x.parquet')], withdraw })).then(
    () => null,
    (thrown: Error & { code: string }) => thrown,
  )
  return { code: error?.code ?? null, isWithdrawn, message: error?.message ?? '' }
}

test.each(['EEXIST', 'EIO', 'ESTALE', 'ETIMEDOUT'])(
  'a commit whose answer gets lost after the link was made (%s) is committed once',
  async (code) => {
    const table = await makeTable()
    replaceCall('link', (real) => async (from, to) => {
      await real(from, to)
      throw systemError(code)
    })
    expect(await attempt(table)).toMatchObject({ code: null, isWithdrawn: false })
    expect(versionsIn(table)).toEqual([0, 1])
    expect([...table.state.files.keys()]).toEqual(['x.parquet'])
    expect((await loadTable(table.folder, CHECKSUM)).state).toEqual(table.state)
  },
)

test('a commit that the disk refused is not in the log, and its files are withdrawn', async () => {
  const table = await makeTable()
  replaceCall('link', () => async () => {
    throw systemError('EIO')
  })
  expect(await attempt(table)).toMatchObject({ code: 'io', isWithdrawn: true })
  expect(versionsIn(table)).toEqual([0])
})

test('where it cannot be known whether a commit was written, its files stay and the message says so', async () => {
  const table = await makeTable()
  replaceCall('link', (real) => async (from, to) => {
    await real(from, to)
    throw systemError('EIO')
  })
  const path = join(table.logFolder, commitName(1))
  const readFile = (real: Calls['readFile']) =>
    (async (...args: Parameters<Calls['readFile']>) => {
      // Only the comparison reads bytes; a commit is read as text.
      if (args[0] === path && args[1] === undefined) throw systemError('EIO')
      return real(...args)
    }) as Calls['readFile']
  replaceCall('readFile', readFile)
  expect(await attempt(table)).toMatchObject({
    code: 'uncertain',
    isWithdrawn: false,
    message: expect.stringContaining(`whether ${path} is written cannot be determined (EIO)`),
  })
})

test('a commit that is written but not flushed keeps its files and is part of the state', async () => {
  const table = await makeTable()
  const open = (real: Calls['open']) =>
    (async (...args: Parameters<Calls['open']>) => {
      if (args[0] === table.logFolder) throw systemError('EIO')
      return real(...args)
    }) as Calls['open']
  replaceCall('open', open)
  expect(await attempt(table)).toMatchObject({ code: 'not_flushed', isWithdrawn: false })
  expect(table.state.version).toBe(1)
})

test.each(['EPERM', 'EOPNOTSUPP', 'ENOSYS'])(
  'a file system without hard links (%s) is named as such, and nothing is left',
  async (code) => {
    const table = await makeTable()
    replaceCall('link', () => async () => {
      throw systemError(code)
    })
    expect(await attempt(table)).toMatchObject({
      code: 'no_hard_links',
      isWithdrawn: true,
      message: expect.stringMatching(/the file system has no hard links.*use a folder on ext4/),
    })
    expect(readdirSync(table.logFolder)).toEqual([commitName(0)])
  },
)

test('two writers that commit the same actions do not take the commit of the other for theirs', async () => {
  const one = await makeTable()
  const other = await loadTable(one.folder, CHECKSUM)
  const empty: Action[] = [{ commitInfo: { timestamp: 1, operation: 'NOTHING' } }]
  const outcomes = await Promise.all([commit(one, 0, empty), commit(other, 0, empty)])
  expect(outcomes.map(({ state }) => state.version).sort()).toEqual([1, 2])
  expect(versionsIn(one)).toEqual([0, 1, 2])
})

test('actions that no reader could use are refused before anything is written', async () => {
  const { folder, logFolder } = await makeTable()
  const fileOf = ({ path }: { path: string }) => {
    if (path.startsWith('bad')) throw new Error('the file has no date')
    return { path }
  }
  const projection = { fileOf, begin: () => null, fold: () => null }
  const table = await loadProjectedTable(folder, projection, CHECKSUM)
  const endless: Action = { txn: { appId: 'a', version: Number.NaN } }
  for (const [action, why] of [
    [addOf('bad.parquet'), 'the file has no date'],
    [endless, 'txn.version'],
  ] as const) {
    const refused = commit(table, 0, [action])
    await expect(refused).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining(why) })
  }
  expect(readdirSync(logFolder)).toEqual([commitName(0)])
  expect(table.state.version).toBe(0)
})

test('each commit has an id of its own, also one without commitInfo', async () => {
  const table = await makeTable()
  await commit(table, 0, [addOf('x.parquet')])
  const [first] = readFileSync(join(table.logFolder, commitName(1)), 'utf8').split('\n')
  expect(JSON.parse(first as string)).toMatchObject({
    commitInfo: { txnId: expect.any(String), trades: { checksum: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  })
})

test('a commit after a version that only another handle has read leaves out nothing', async () => {
  const one = await makeTable()
  const other = await loadTable(one.folder, CHECKSUM)
  await commit(other, 0, [addOf('x.parquet')])
  const { state } = await commit(one, 1, [addOf('y.parquet')])
  expect([...state.files.keys()]).toEqual(['x.parquet', 'y.parquet'])
})
