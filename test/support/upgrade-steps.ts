import { cp, mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadTable } from '../../src/delta/index.ts'
import { backup } from '../../src/lake/backup/backup.ts'
import { restoreBackup } from '../../src/lake/backup/restore-backup.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { readCommits } from '../../src/lake/delta.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { storeLedger } from '../../src/lake/tables/ledger.ts'
import { SCHEMA_VERSION_PROPERTY } from '../../src/lake/tables/schema.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, SURFACE_GRID } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { restoreVersion } from '../../src/lake/write/restore-version.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { ObservationRow } from '../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../src/snapshot/daily-prices.ts'
import type { MarketMetricsRow } from '../../src/snapshot/figures/market-metrics.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import type { SurfaceGridRow } from '../../src/snapshot/surface/surface-grid.ts'
import { openPlainEngine } from '../faults/foreign/plain-engine.ts'
import { after, DAY, report, row } from '../lake/slots.ts'

/** A lake that version 0.1 wrote: a compacted day, slot files, a slot stored twice, every table, a checkpoint. */
const WRITTEN_BY_0_1 = resolve('test/fixtures/lake-0.1')
const TABLES = ['option_snapshots', 'slots', 'market_metrics', 'daily_observations'] as const
/** What the upgrade stores is in this slot and later, and of these symbols. */
const NEW_SLOT = after(20)
const clock = systemClock

/** The folders of one try. They always have the same names. */
export interface UpgradeWorkspace {
  readonly lake: string
  readonly backup: string
}

export interface UpgradeFault {
  readonly kind: 'unreadable' | 'different' | 'unfinished'
  readonly detail: string
}

/** What the lake of version 0.1 holds, and its upgraded form. */
export interface MadeUpgrades {
  readonly old: LakeText
  readonly upgraded: string
  /** The version of `option_snapshots` before the upgrade. */
  readonly version: number
}

/** A change that is interrupted. */
export interface UpgradeStep {
  readonly name: string
  /** Arguments of upgrade-program.ts. */
  args(workspace: UpgradeWorkspace, made: MadeUpgrades): readonly string[]
  /** The same within this process. */
  run(workspace: UpgradeWorkspace, made: MadeUpgrades, unique: () => string): Promise<unknown>
  prepare(workspace: UpgradeWorkspace, made: MadeUpgrades): Promise<void>
  /** What is wrong right after an interruption. */
  faultsAfter(workspace: UpgradeWorkspace, made: MadeUpgrades): Promise<readonly UpgradeFault[]>
  /** What is wrong after the step was run again. */
  faultsAtEnd(workspace: UpgradeWorkspace, made: MadeUpgrades): Promise<readonly UpgradeFault[]>
}

export async function makeUpgrades(folder: string): Promise<MadeUpgrades> {
  const upgraded = join(folder, 'made', 'upgraded')
  const old = await textOf(WRITTEN_BY_0_1)
  await copyFolder(WRITTEN_BY_0_1, upgraded)
  const { version } = (await loadTable(join(upgraded, 'option_snapshots'))).state
  let named = 0
  await upgrade(upgraded, () => `made-${named++}`)
  return { old, upgraded, version }
}

export const UPGRADE_STEPS: readonly UpgradeStep[] = [
  {
    name: 'upgrade',
    args: (at) => ['upgrade', at.lake],
    run: (at, _, unique) => upgrade(at.lake, unique),
    prepare: (at) => place(at, WRITTEN_BY_0_1),
    faultsAfter: (at, made) => lakeFaults(at.lake, made.old),
    faultsAtEnd: async (at, made) => [
      ...(await lakeFaults(at.lake, made.old)),
      ...(await upgradeFaults(at.lake)),
    ],
  },
  {
    name: 'back by restore --as-of',
    args: (at, made) => ['restore', at.lake, String(made.version)],
    run: (at, made, unique) => restore(at.lake, made.version, unique),
    prepare: (at, made) => place(at, made.upgraded),
    faultsAfter: (at, made) => lakeFaults(at.lake, made.old),
    faultsAtEnd: async (at, made) => [
      ...(await lakeFaults(at.lake, made.old)),
      ...(await newRowFaults(at.lake, 0)),
    ],
  },
  {
    name: 'back to the backup of before',
    args: (at) => ['restore-from', at.backup, at.lake],
    run: (at, _, unique) => restoreFrom(at.backup, at.lake, unique),
    prepare: async (at) => {
      await place(at, WRITTEN_BY_0_1)
      await backup(at.lake, at.backup, { clock, copy: true, verify: false, prune: false })
      await rm(at.lake, { recursive: true })
    },
    // A lake that is being restored is closed until it is whole.
    faultsAfter: () => Promise.resolve([]),
    faultsAtEnd: async (at, made) => [
      ...(await lakeFaults(at.lake, made.old)),
      ...(await newRowFaults(at.lake, 0)),
      ...(await sameSchemaFaults(at.lake)),
    ],
  },
]

/** What a collector of this version does first: it adds columns to every table, stores, and compacts old days and new. */
export async function upgrade(folder: string, unique: () => string): Promise<void> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock, unique })
  try {
    const symbols = ['SPX', 'SPY'].map((symbol) => {
      const own = newRows(symbol)
      const counted = { requested: own.length, answered: own.length, kind: kindOf(symbol) }
      return { symbol, rows: own, report: report({ symbol, timestamp: NEW_SLOT, ...counted }) }
    })
    await append(lake, { slot: NEW_SLOT, symbols })
    await upsert(lake, MARKET_METRICS, [metrics()])
    await upsert(lake, DAILY_OBSERVATIONS, [observation()])
    // A table that version 0.1 did not have.
    await upsert(lake, SURFACE_GRID, [gridPoint()])
    await storeLedger(lake)
    await compact(lake, { scope: { kind: 'all' } })
  } finally {
    await lake.close()
  }
}

export async function restore(folder: string, version: number, unique: () => string): Promise<void> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock, unique })
  await restoreVersion(lake, { to: { version }, dryRun: false }).finally(() => lake.close())
}

export async function restoreFrom(from: string, to: string, unique: () => string): Promise<void> {
  await restoreBackup(from, to, { clock, copy: true, replaceDamaged: true, unique })
}

function kindOf(symbol: string) {
  return symbol === 'SPX' ? ('IND' as const) : ('STK' as const)
}

/** Two classes of SPX with the same terms, and SPY. */
function newRows(symbol: string): SnapshotRow[] {
  const classes = symbol === 'SPX' ? ['SPX', 'SPXW'] : ['SPY']
  return classes.flatMap((trading_class, at) =>
    [0, 1, 2, 3].map((n) =>
      row({
        ...{ symbol, timestamp: NEW_SLOT, trading_class, strike: 600 + n, con_id: 9_000 + 10 * at + n },
        ...{ exercise_style: 'european', settlement: at === 0 ? 'am' : 'pm', multiplier: 100 },
        ...{ expires_at: NEW_SLOT + 86_400_000, pv_dividend: 1.7689, definition_version: 2 },
      }),
    ),
  )
}

function metrics(): MarketMetricsRow {
  const empty = Object.fromEntries(MARKET_METRICS.columns.map(({ name }) => [name, null]))
  const known = { timestamp: NEW_SLOT, symbol: 'SPY', date: DAY, contracts: 4, with_iv: 4 }
  return { ...(empty as unknown as MarketMetricsRow), ...known, definition_version: 2 }
}

function observation(): ObservationRow {
  const values = { iv30: 0.2, close: 600, vix: 17, cycles: 1, recorded_at: NEW_SLOT, definition_version: 2 }
  return { symbol: 'SPX', date: DAY, source: 'chain', ...values, ...NO_DAILY_PRICES }
}

function gridPoint(): SurfaceGridRow {
  const key = { timestamp: NEW_SLOT, symbol: 'SPY', tenor_days: 30, point: 'atm', date: DAY } as const
  const values = { iv: 0.2, k: 0, near_expiry: '20261218', far_expiry: '20261221', reason: null }
  return { ...key, ...values, definition_version: 3 }
}

/** The contents of a lake as text, table by table, without what the upgrade stores. */
type LakeText = Readonly<Record<(typeof TABLES)[number], string>>

const IS_OLD = `epoch_ms(timestamp) < ${NEW_SLOT}`
/** The columns that version 0.1 had, and which rows it may have written. */
const OLD_ROWS: Readonly<Record<(typeof TABLES)[number], string>> = {
  option_snapshots: `SELECT timestamp, symbol, expiry, strike, "right", bid, ask, last, bid_size, ask_size, volume,
    open_interest, iv, delta, gamma, theta, vega, underlying_price, greeks_source, data_type, quoted_at, con_id,
    trading_class, flags, yearmonth, date FROM option_snapshots WHERE ${IS_OLD}`,
  slots: `SELECT * EXCLUDE (kind, future_rows) FROM slots WHERE ${IS_OLD}`,
  market_metrics: `SELECT timestamp, symbol, date, iv30, vix, trend_daily, contracts, with_iv, null_reasons
    FROM market_metrics WHERE ${IS_OLD}`,
  daily_observations:
    "SELECT symbol, date, source, iv30, close, vix, cycles, recorded_at FROM daily_observations WHERE symbol <> 'SPX'",
}

async function textOf(folder: string): Promise<LakeText> {
  const lake = await openLake(folder, { mode: 'read', clock })
  const text = async (table: (typeof TABLES)[number]) => {
    const { rows } = await sql(lake, `${OLD_ROWS[table]} ORDER BY ALL`, { maxRows: 100_000 })
    return rows.map((one) => JSON.stringify(one)).join('\n')
  }
  try {
    const entries: [string, string][] = []
    for (const table of TABLES) entries.push([table, await text(table)])
    return Object.fromEntries(entries) as LakeText
  } finally {
    await lake.close()
  }
}

/** Every row of before must be there as it was, for this program and for another, and the lake must be sound. */
async function lakeFaults(folder: string, old: LakeText): Promise<UpgradeFault[]> {
  const faults: UpgradeFault[] = []
  try {
    const now = await textOf(folder)
    for (const table of TABLES) {
      if (now[table] !== old[table])
        faults.push({ kind: 'different', detail: `${table}: ${difference(now[table], old[table])}` })
    }
    const { findings } = await verify(folder, { clock })
    for (const { kind, path, detail } of findings) {
      // A file without a commit is left by a writer that was killed, and hidden by the log.
      if (kind !== 'unknown_file') faults.push({ kind: 'different', detail: `${path}: ${detail}` })
    }
    const foreign = await foreignTotals(folder)
    if (foreign !== (await foreignTotals(WRITTEN_BY_0_1)))
      faults.push({ kind: 'different', detail: `another engine reads ${foreign}` })
  } catch (error) {
    faults.push({ kind: 'unreadable', detail: (error as Error).message })
  }
  return faults
}

/** What a reader of the Delta log that knows nothing of optionlake finds of the old rows. */
async function foreignTotals(folder: string): Promise<string> {
  const engine = await openPlainEngine()
  const old = `FILTER (WHERE ${IS_OLD})`
  const sums = ['strike', 'bid', 'volume', 'con_id', 'flags'].map((name) => `sum(${name}) ${old}`)
  return engine
    .totals(join(folder, 'option_snapshots'), [`count(*) ${old}`, ...sums].join(', '))
    .then((totals) => totals.map((total) => total.toFixed(4)).join(' '))
    .finally(() => engine.close())
}

/** One commit of columns for each table, two classes side by side, and all files known. */
async function upgradeFaults(folder: string): Promise<UpgradeFault[]> {
  const faults: UpgradeFault[] = []
  for (const table of TABLES) {
    const commits = await readCommits(join(folder, table, '_delta_log'), { from: 0 })
    const metaData = commits.flatMap(({ actions }) =>
      actions.flatMap((one) => ('metaData' in one ? [one.metaData] : [])),
    )
    if (metaData.length !== 2)
      faults.push({ kind: 'unfinished', detail: `${table} has ${metaData.length} commits with columns` })
  }
  return [...faults, ...(await newRowFaults(folder, 12))]
}

async function newRowFaults(folder: string, expected: number): Promise<UpgradeFault[]> {
  const lake = await openLake(folder, { mode: 'read', clock })
  const found = await countNew(lake).finally(() => lake.close())
  return found === expected
    ? []
    : [{ kind: 'unfinished', detail: `${found} new rows instead of ${expected}` }]
}

async function countNew(lake: Lake): Promise<number> {
  const { rows } = await sql(lake, `SELECT count(*) FROM option_snapshots WHERE NOT ${IS_OLD}`)
  return Number(rows[0]?.[0])
}

/** Version 0.1 writes only tables of its own schema version. */
async function sameSchemaFaults(folder: string): Promise<UpgradeFault[]> {
  const versionOf = async (lake: string, table: string) =>
    (await loadTable(join(lake, table))).state.metaData?.configuration[SCHEMA_VERSION_PROPERTY]
  const faults: UpgradeFault[] = []
  for (const table of TABLES) {
    const version = await versionOf(folder, table)
    if (version === (await versionOf(WRITTEN_BY_0_1, table))) continue
    faults.push({ kind: 'different', detail: `${table} has schema version ${version}` })
  }
  return faults
}

function difference(now: string, before: string): string {
  const known = new Set(before.split('\n'))
  const lines = now.split('\n')
  const other = lines.find((line) => !known.has(line))
  return `${lines.length} rows instead of ${known.size}${other === undefined ? '' : `, such as ${other}`}`
}

async function place(at: UpgradeWorkspace, from: string): Promise<void> {
  for (const folder of [at.lake, at.backup]) await rm(folder, { recursive: true, force: true })
  await copyFolder(from, at.lake)
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await cp(from, to, { recursive: true, preserveTimestamps: true })
}
