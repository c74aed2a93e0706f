import type { Add, Commit, MetaData, Protocol } from './actions.ts'
import { DeltaError, damagedError } from './errors.ts'
import { commitName, pathFromLog } from './file-names.ts'
import { checkReadable } from './protocol.ts'

/** Anything with a path below the table's folder. */
export interface Located {
  /** On disk, below the table's folder. */
  readonly path: string
}

/** A data file of the table with the fields of its add action. */
export interface DataFile extends Omit<Add, 'dataChange' | 'deletionVector'> {
  /** On disk, below the table's folder; not percent-encoded. */
  readonly path: string
}

/** One version of a table. Later commits do not change it. */
export interface TableState<File extends Located = DataFile, Facts = null> {
  /** −1 before the first commit. */
  readonly version: number
  readonly protocol: Protocol | null
  readonly metaData: MetaData | null
  /** Data files by their path on disk, below the table's folder. */
  readonly files: ReadonlyMap<string, File>
  /** Removed files that readers of older versions may still use: path → time of removal, epoch milliseconds. */
  readonly removed: ReadonlyMap<string, number>
  /** The latest transactions: application id → version. */
  readonly transactions: ReadonlyMap<string, number>
  /** The projection's summary of the commits. */
  readonly facts: Facts
}

/** Defines what a state keeps of each data file and of the commits. */
export interface Projection<File extends Located, Facts> {
  /**
   * Returns what to keep of an added file. `name` is the name of its commit, for error messages.
   * @throws the error that `refresh` passes on to its caller if the action cannot be used.
   */
  fileOf(add: Add, name: string): File
  /**
   * Fills in what the log does not say about files, for example by reading their footers. Called for the files of newly
   * read commits and checkpoints, before they become part of a table's state; `replay` does not call it. Optional.
   * @param folder of the table.
   * @returns the files that changed. A data file that cannot be read must not be an error, because the whole table would
   * then be unreadable.
   */
  complete?(folder: string, files: readonly File[]): Promise<readonly File[]>
  /** The initial facts of a table read from a checkpoint of this version; −1 if there is no checkpoint. */
  begin(version: number): Facts
  /** The facts after more commits, in order of version. */
  fold(facts: Facts, commits: readonly Commit[]): Facts
}

/** Keeps all fields of each data file, and no facts. */
export const DATA_FILES: Projection<DataFile, null> = {
  fileOf: ({ dataChange: _, deletionVector: __, ...add }, name) => ({ ...add, path: pathOf(add.path, name) }),
  begin: () => null,
  fold: () => null,
}

/** The path on disk of an action. @throws DeltaError 'damaged' when the path is not inside the table's folder. */
export function pathOf(logged: string, name: string): string {
  const path = pathFromLog(logged)
  if (path === null) throw damagedError(name, `the path "${logged}" is not inside the table`)
  return path
}

/** The state before the first commit, or before the checkpoint of this version is replayed. */
export function emptyState<File extends Located, Facts>(
  projection: Projection<File, Facts>,
  checkpoint = -1,
): TableState<File, Facts> {
  return {
    version: -1,
    protocol: null,
    metaData: null,
    files: new Map(),
    removed: new Map(),
    transactions: new Map(),
    facts: projection.begin(checkpoint),
  }
}

/**
 * Log replay: the state after more commits, in order of version. A checkpoint is replayed as one commit on the empty
 * state.
 * @param table its folder, for error messages.
 * @throws DeltaError 'protocol_unsupported' when a reader needs a version or feature that this module does not have.
 */
export function replay<File extends Located, Facts>(
  state: TableState<File, Facts>,
  commits: readonly Commit[],
  projection: Projection<File, Facts>,
  table: string,
): TableState<File, Facts> {
  if (commits.length === 0) return state
  const files = copiedOnWrite(state.files)
  const removed = copiedOnWrite(state.removed)
  const transactions = copiedOnWrite(state.transactions)
  let { version, protocol, metaData } = state
  for (const commit of commits) {
    const name = commitName(commit.version)
    for (const action of commit.actions) {
      if ('add' in action) {
        if (action.add.deletionVector != null) throw deletionVectorError(table, commit.version, action.add)
        const file = projection.fileOf(action.add, name)
        files.set(file.path, file)
        removed.delete(file.path)
      } else if ('remove' in action) {
        const path = pathFromLog(action.remove.path) ?? action.remove.path
        files.delete(path)
        removed.set(path, action.remove.deletionTimestamp ?? 0)
      } else if ('protocol' in action) {
        checkReadable(action.protocol, { version: commit.version, name: table })
        protocol = action.protocol
      } else if ('metaData' in action) metaData = action.metaData
      else if ('txn' in action) transactions.set(action.txn.appId, action.txn.version)
    }
    version = commit.version
  }
  const facts = projection.fold(state.facts, commits)
  return {
    version,
    protocol,
    metaData,
    files: files.current(),
    removed: removed.current(),
    transactions: transactions.current(),
    facts,
  }
}

/** Copies a map before its first change. That takes tens of milliseconds for 100,000 files. */
function copiedOnWrite<Value>(original: ReadonlyMap<string, Value>) {
  let copy: Map<string, Value> | null = null
  const written = (): Map<string, Value> => {
    copy ??= new Map(original)
    return copy
  }
  return {
    current: (): ReadonlyMap<string, Value> => copy ?? original,
    set: (key: string, value: Value): void => void written().set(key, value),
    delete: (key: string): void => {
      if ((copy ?? original).has(key)) written().delete(key)
    },
  }
}

function deletionVectorError(table: string, version: number, { path }: Add): DeltaError {
  return new DeltaError(
    'protocol_unsupported',
    `${table} at version ${version} has a deletion vector for ${path}, which this program does not have, so it cannot read it: purge the deleted rows with the program that deleted them`,
  )
}

/** The files that commits add, as `replay` would keep them. */
export function filesAddedBy<File extends Located>(
  commits: readonly Commit[],
  projection: Projection<File, unknown>,
): File[] {
  const added = new Map<string, File>()
  for (const { version, actions } of commits) {
    for (const action of actions) {
      if ('remove' in action) added.delete(pathFromLog(action.remove.path) ?? action.remove.path)
      if (!('add' in action)) continue
      const file = projection.fileOf(action.add, commitName(version))
      added.set(file.path, file)
    }
  }
  return [...added.values()]
}

/** The state with some of its files replaced. Files that it does not have are ignored. */
export function withFiles<File extends Located, Facts>(
  state: TableState<File, Facts>,
  replacements: readonly File[],
): TableState<File, Facts> {
  const known = replacements.filter((file) => state.files.has(file.path))
  if (known.length === 0) return state
  return { ...state, files: new Map([...state.files, ...known.map((file) => [file.path, file] as const)]) }
}

/** The state after the projection has completed all of its files. */
export async function withCompletedFiles<File extends Located, Facts>(
  state: TableState<File, Facts>,
  { complete }: Projection<File, Facts>,
  folder: string,
): Promise<TableState<File, Facts>> {
  return complete ? withFiles(state, await complete(folder, [...state.files.values()])) : state
}
