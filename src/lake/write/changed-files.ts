import { type SmallFile, type SmallTable, slotRange } from '../tables/small-tables.ts'

/**
 * The files of a partition that must be rewritten to store rows: all, or in a table with several files for a partition
 * those that may have a slot of the rows, and the newest one while it is not full. Pure.
 */
export function changedFiles(
  { fileRows }: SmallTable,
  files: readonly SmallFile[],
  rows: readonly object[],
): readonly SmallFile[] {
  if (fileRows === undefined) return files
  const slots = new Set(rows.map((row) => (row as { readonly timestamp: number }).timestamp))
  const newest = newestOf(files)
  return files.filter((file) => {
    if (file === newest && (file.rows ?? 0) < fileRows) return true
    const range = slotRange(file)
    // Files of other programs have no range.
    return range === null || [...slots].some((slot) => range.first <= slot && slot <= range.last)
  })
}

function newestOf(files: readonly SmallFile[]): SmallFile | null {
  let newest: SmallFile | null = null
  let last = Number.NEGATIVE_INFINITY
  for (const file of files) {
    const range = slotRange(file)
    if (range === null || range.last <= last) continue
    last = range.last
    newest = file
  }
  return newest
}
