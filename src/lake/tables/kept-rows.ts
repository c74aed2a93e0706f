import type { Lake } from '../open.ts'
import type { SmallFile, SmallTable, TableRow } from './small-tables.ts'

/** Values kept for each lake, of at most some 24 bytes: a fortnight of figures with a year of observations is a third. */
const MAX_VALUES = 1_000_000
/** A file that would take the place of many. */
const MAX_OF_ONE = 250_000
/** What a file counts for beside its values. */
const VALUES_OF_A_FILE = 100

interface KeptFile {
  readonly rows: Promise<readonly object[]>
  /** 0 until it is read. */
  values: number
}

/** The files read last, by table and path, in order of their last use. */
interface Kept {
  readonly files: Map<string, KeptFile>
  values: number
}

const keptByLake = new WeakMap<Lake, Kept>()

/**
 * All rows of a data file of a small table, from memory if it was read lately: data files never change. The rows belong to
 * all callers.
 * @param read reads the file; its errors are passed on, and nothing is kept then.
 */
export function keptRowsOf<T extends SmallTable>(
  lake: Lake,
  { table, file }: { readonly table: T; readonly file: SmallFile },
  read: () => Promise<TableRow<T>[]>,
): Promise<readonly TableRow<T>[]> {
  const kept = keptByLake.get(lake) ?? { files: new Map<string, KeptFile>(), values: 0 }
  keptByLake.set(lake, kept)
  const key = `${table.name}/${file.path}`
  const one = kept.files.get(key) ?? begin(kept, { key, read, columns: table.columns.length })
  // Used last.
  kept.files.delete(key)
  kept.files.set(key, one)
  return one.rows as Promise<readonly TableRow<T>[]>
}

function begin(
  kept: Kept,
  one: { readonly key: string; readonly columns: number; readonly read: () => Promise<readonly object[]> },
): KeptFile {
  const { key, columns } = one
  const file: KeptFile = { rows: one.read(), values: 0 }
  const isKept = () => kept.files.get(key) === file
  file.rows.then(
    ({ length }) => {
      if (!isKept()) return
      file.values = VALUES_OF_A_FILE + length * columns
      kept.values += file.values
      if (file.values > MAX_OF_ONE) drop(kept, key)
      for (const oldest of kept.files.keys()) {
        if (kept.values <= MAX_VALUES) break
        drop(kept, oldest)
      }
    },
    () => {
      if (isKept()) drop(kept, key)
    },
  )
  return file
}

function drop(kept: Kept, key: string): void {
  kept.values -= kept.files.get(key)?.values ?? 0
  kept.files.delete(key)
}
