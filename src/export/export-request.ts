import type { Lake } from '../lake/open.ts'
import type { ProgressOptions } from '../lake/progress.ts'
import { snapshotFiles } from '../lake/query/export-files.ts'
import type { SnapshotFile } from '../lake/tables/data-files.ts'
import type { Right } from '../market/contract.ts'
import type { ExpiryDate, SessionDate } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** What to write into a folder, and where. */
export interface FolderExportRequest {
  /** All symbols of the lake if left out. */
  readonly symbols?: readonly string[] | undefined
  /** Trade dates, inclusive; all if left out. */
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
  /** All expirations if left out. */
  readonly expiry?: ExpiryDate | undefined
  /** Calls and puts if left out. */
  readonly right?: Right | undefined
  /** A folder that does not exist yet, in one that does. */
  readonly out: string
  /** Whether a folder that an earlier export made may be replaced. */
  readonly replace: boolean
}

/** Exports one lake into a folder. @throws Failure as `openExportFolder` and `snapshotFiles`. */
export type FolderExport<Report> = (
  lake: Lake,
  request: FolderExportRequest,
  progress?: ProgressOptions,
) => Promise<Report>

/** The data files of a request, by symbol. @throws Failure EXIT.usage where there are none. */
export async function filesBySymbol(
  lake: Lake,
  request: FolderExportRequest,
): Promise<ReadonlyMap<string, readonly SnapshotFile[]>> {
  const files = new Map<string, SnapshotFile[]>()
  for (const file of await snapshotFiles(lake, request)) {
    const own = files.get(file.symbol)
    if (own) own.push(file)
    else files.set(file.symbol, [file])
  }
  const missing = request.symbols?.find((symbol) => !files.has(symbol))
  if (missing !== undefined) throw noRowsFailure(lake, request, missing)
  if (files.size === 0) throw noRowsFailure(lake, request)
  return files
}

/** The condition of a request on the rows of its files. */
export function rowCondition({ expiry, right }: FolderExportRequest): {
  readonly where: string
  readonly values: Readonly<Record<string, string>>
} {
  const conditions = [
    ...(expiry === undefined ? [] : ['expiry = $expiry']),
    ...(right === undefined ? [] : ['"right" = $right']),
  ]
  return {
    where: conditions.join(' AND ') || 'true',
    values: { ...(expiry !== undefined && { expiry }), ...(right !== undefined && { right }) },
  }
}

export function noRowsFailure(lake: Lake, request: FolderExportRequest, symbol?: string): Failure {
  const { from, to, expiry, right } = request
  const parts = [
    symbol ?? request.symbols?.join(', ') ?? 'any symbol',
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(expiry === undefined ? [] : [`of expiry ${expiry}`]),
    ...(right === undefined ? [] : [right === 'C' ? 'of calls' : 'of puts']),
  ]
  return new Failure(
    EXIT.usage,
    `no rows of ${parts.join(' ')} in ${lake.layout.root}; optionlake status shows what it holds`,
  )
}
