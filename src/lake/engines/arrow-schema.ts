import { open } from 'node:fs/promises'

/** The footer's key for a schema in Arrow's types. */
const KEY = 'ARROW:schema'

/** A name of the same length that no engine looks for. */
const UNUSED_KEY = 'arrow_schema'

/** One read suffices: a footer ends with its keys, even if all of it is longer. */
const TAIL_BYTES = 1 << 16

/**
 * Renames the key under which Polars describes the columns in its own types. pyarrow prefers these types to those of
 * Parquet, and then refuses filters on text: "Function 'equal' has no kernel matching input types (string_view,
 * string)". Without the key, every engine uses the Parquet types, which are complete. Polars cannot leave the key out.
 * Does nothing to a file without it.
 * @throws Error of the file system
 */
export async function hideArrowSchema(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, TAIL_BYTES)
    const { buffer: tail } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    const at = tail.indexOf(KEY, footerStart(tail))
    if (at >= 0) await handle.write(UNUSED_KEY, size - length + at, 'latin1')
  } finally {
    await handle.close()
  }
}

/** Where the footer begins in the last bytes of a file: its length precedes the mark at the end of the file. */
function footerStart(tail: Buffer): number {
  const end = tail.length - 8
  if (end < 0 || tail.toString('latin1', end + 4) !== 'PAR1') return tail.length
  return Math.max(0, end - tail.readUInt32LE(end))
}
