/** What each operation of another engine does to the rows of the sample lake. */
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OperationId } from '../../scripts/docs/safe-operations.ts'
import type { Finding } from '../../src/lake/check/findings.ts'
import type { Row } from './engine.ts'
import { DAYS, type Model, SYMBOLS, setRow, slotOf, type TableName } from './sample-lake.ts'

export interface Trial {
  /** Changes the copy of the lake before optionlake opens it. */
  prepare?(folder: string): Promise<void>
  /** What is wrong right after the operation. */
  check?(folder: string): Promise<readonly string[]>
  /** Changes the model as the operation changes the tables. Absent: the rows stay the same. */
  effect?(model: Model, before: Model): void
  /** What `verify` reports although nothing is damaged. */
  readonly findings?: readonly Finding['kind'][]
  /** A column that the operation adds to `option_snapshots`. */
  readonly added?: string
  /** Slot of the first day that the operation adds, and that is collected again: its other rows stay as they are. */
  readonly slot?: number
  /** Whether `repair` leaves nothing to find. */
  readonly repairs?: true
}

const SAME: Trial = {}

/** The sixth slot of the first day, which optionlake never expects. */
const ADDED_SLOT = 6

const append: Trial = {
  effect: (model) => addSlot(model, {}),
  findings: ['slot_without_report'],
  slot: ADDED_SLOT,
}

const appendWithColumn: Trial = {
  effect: (model) => addSlot(model, { note: 'checked' }),
  findings: ['slot_without_report'],
  added: 'note',
  slot: ADDED_SLOT,
}

const remove: Trial = {
  effect: ({ option_snapshots: rows }) => {
    for (const [key, row] of rows) {
      if (row.symbol === SYMBOLS[0] && row.date === DAYS[0] && Number(row.strike) < 502) rows.delete(key)
    }
  },
  findings: ['ledger_differs'],
  repairs: true,
}

const update: Trial = {
  effect: (model) => {
    for (const row of model.option_snapshots.values()) {
      if (row.date === DAYS[1] && row.last === null) setRow(model, 'option_snapshots', { ...row, last: 1.25 })
    }
  },
}

/** Whether a file that no commit names, as optionlake has it just before a commit, survives. */
function uncommitted(survives: boolean): Trial {
  const path = (folder: string) =>
    join(folder, 'option_snapshots', `symbol=SPY/date=${DAYS[0]}`, '1430Z-uncommitted.parquet')
  return {
    prepare: (folder) => writeFile(path(folder), 'PAR1'),
    check: async (folder) => {
      const isThere = await stat(path(folder)).then(
        () => true,
        () => false,
      )
      await rm(path(folder), { force: true })
      return isThere === survives ? [] : [`a file that no commit names ${survives ? 'is gone' : 'survived'}`]
    },
  }
}

/** All commits that optionlake's own checkpoint covers are older than the log's retention. */
const oldLog: Trial = {
  prepare: async (folder) => {
    const log = join(folder, 'option_snapshots', '_delta_log')
    const checkpoint = Math.max(...(await versionsIn(log, '.checkpoint.parquet')))
    const old = new Date(Date.now() - 40 * 86_400_000)
    for (const name of await readdir(log)) {
      if (Number.parseInt(name, 10) <= checkpoint) await utimes(join(log, name), old, old)
    }
  },
  check: async (folder) => {
    const left = await versionsIn(join(folder, 'option_snapshots', '_delta_log'), '.json')
    return left.length <= 2 ? [] : [`commits ${left.join(', ')} are still there`]
  },
}

async function versionsIn(log: string, ending: string): Promise<number[]> {
  const names = (await readdir(log)).filter((name) => name.endsWith(ending))
  return names.map((name) => Number.parseInt(name, 10))
}

/** The operation takes back the last commit of `option_snapshots`, but not its report in the ledger. */
const restore: Trial = {
  effect: (model, before) => {
    model.option_snapshots = new Map(before.option_snapshots)
  },
}

/** What the operation does is the same in both engines. */
export const TRIALS: Readonly<Record<OperationId, Trial>> = {
  'delta-rs: compact': SAME,
  'delta-rs: z-order': SAME,
  'delta-rs: vacuum, dry run': uncommitted(true),
  'delta-rs: vacuum': uncommitted(true),
  'delta-rs: vacuum at once': uncommitted(false),
  'delta-rs: checkpoint': SAME,
  'delta-rs: log clean-up': oldLog,
  'delta-rs: append with a new column': appendWithColumn,
  'delta-rs: delete': remove,
  'delta-rs: update': update,
  'delta-rs: merge into daily_observations': merge('daily_observations'),
  'delta-rs: merge into market_metrics': merge('market_metrics'),
  'delta-rs: restore': restore,
  'delta-rs: add a constraint': SAME,
  'delta-rs: delta.appendOnly': SAME,
  'delta-rs: delta.enableChangeDataFeed': SAME,
  'delta-rs: delta.enableDeletionVectors': SAME,
  'delta-rs: add the feature deletionVectors': SAME,
  'delta-rs: add the feature appendOnly': SAME,
  'Spark: OPTIMIZE': SAME,
  'Spark: OPTIMIZE ZORDER': SAME,
  'Spark: VACUUM': uncommitted(true),
  'Spark: VACUUM at once': uncommitted(false),
  'Spark: ADD COLUMN': { added: 'note' },
  'Spark: INSERT': append,
  'Spark: UPDATE': update,
  'Spark: DELETE': remove,
  'Spark: MERGE INTO daily_observations': merge('daily_observations'),
  'Spark: MERGE INTO market_metrics': merge('market_metrics'),
  'Spark: RESTORE': restore,
  'Spark: ADD CONSTRAINT': SAME,
  'Spark: delta.appendOnly': SAME,
  'Spark: delta.enableChangeDataFeed': SAME,
  'Spark: delta.enableDeletionVectors': SAME,
  'Spark: delta.columnMapping.mode': SAME,
}

/** Sets iv30 of SPY to 0.25, and adds the same rows for another symbol. */
function merge(table: TableName): Trial {
  return {
    effect: (model) => {
      for (const row of [...model[table].values()]) {
        if (row.symbol !== SYMBOLS[0]) continue
        setRow(model, table, { ...row, iv30: 0.25 })
        setRow(model, table, { ...row, iv30: 0.25, symbol: 'NDX' })
      }
    },
  }
}

function addSlot(model: Model, extra: Row): void {
  const [from, to] = [slotOf(DAYS[0], 0), slotOf(DAYS[0], ADDED_SLOT)]
  for (const row of [...model.option_snapshots.values()]) {
    if (row.symbol !== SYMBOLS[0] || row.timestamp !== from) continue
    setRow(model, 'option_snapshots', { ...row, ...extra, timestamp: to })
  }
}
