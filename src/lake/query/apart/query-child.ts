import { systemClock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { type Lake, openLake } from '../../open.ts'
import { lakeAsOf } from '../as-of.ts'
import { eachPart, type SqlValue } from '../sql.ts'
import type { QueryMessage, ReadLake, SelectRequest } from './messages.ts'

// The process of queries. It answers one question after the other and is ended from outside when one takes too long. It
// watches its own memory: while DuckDB plans a query it checks neither its limit of memory nor an interruption.

/** A query within DuckDB's own limit of 512 MB, with the footers of a year and its rows as values, stays well below. */
const MAX_RESIDENT_BYTES = 1_500_000_000
const WATCH_INTERVAL_MS = 25
/** Text of rows in one message. */
const MESSAGE_BYTES = 1_000_000

let lake: Lake | null = null
/** As it was asked for: the lake has its real path. */
let lakeFolder = ''
let isAnswering = false

function tell(message: QueryMessage): Promise<void> {
  return new Promise((resolve) => {
    // Without its parent there is nobody to tell; `disconnect` ends the process.
    if (!process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => resolve())
  })
}

/** An exit would wait until DuckDB has planned the query. */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}

// A signal to the whole group, as Ctrl+C sends it, is for the parent, which ends this process.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {})
process.on('disconnect', endAtOnce)
process.on('message', (request: SelectRequest) => void answer(request))
setInterval(() => {
  if (!isAnswering || process.memoryUsage.rss() <= MAX_RESIDENT_BYTES) return
  isAnswering = false
  void tell({ kind: 'out_of_memory' }).then(endAtOnce)
}, WATCH_INTERVAL_MS).unref()

async function answer(request: SelectRequest): Promise<void> {
  isAnswering = true
  try {
    await tell(await select(request))
  } catch (error) {
    await tell(refusalOf(error))
    // The folder may be another lake by now, or a compaction took files away: the next question opens it anew.
    if (error instanceof Failure && error.exitCode === EXIT.io) await closeLake()
  } finally {
    isAnswering = false
  }
}

async function select({ folder, asOf, query, maxRows, maxBytes }: SelectRequest): Promise<QueryMessage> {
  if (lakeFolder !== folder) await closeLake()
  lakeFolder = folder
  lake ??= await openLake(folder, { mode: 'read', clock: systemClock })
  const version = asOf === undefined ? lake : await lakeAsOf(lake, asOf)
  let [rows, bytes, waiting] = [0, 0, 0]
  let cutBy: 'rows' | 'bytes' | null = null
  let lines: string[] = []
  const flush = async () => {
    if (lines.length > 0) await tell({ kind: 'rows', json: `[${lines.join(',')}]` })
    lines = []
    waiting = 0
  }
  const take = async (part: SqlValue[][]) => {
    for (const row of part) {
      if (rows === maxRows) cutBy = 'rows'
      const line = cutBy === null ? JSON.stringify(row) : ''
      const length = Buffer.byteLength(line)
      if (cutBy === null && bytes + length > maxBytes) cutBy = 'bytes'
      if (cutBy !== null) return false
      lines.push(line)
      rows++
      bytes += length
      waiting += length
      if (waiting >= MESSAGE_BYTES) await flush()
    }
    return true
  }
  const columns = await eachPart(version, { query }, take)
  await flush()
  return { kind: 'done', lake: readLake(version), columns, cutBy }
}

function readLake({ layout, source, asOf }: Lake): ReadLake {
  return {
    layout: { root: layout.root },
    source,
    asOf: asOf && { version: asOf.version, time: asOf.time },
  }
}

async function closeLake(): Promise<void> {
  const old = lake
  lake = null
  await old?.close()
}

function refusalOf(error: unknown): QueryMessage {
  // One text of more than half a gigabyte.
  if (error instanceof RangeError && /string length/.test(error.message)) return { kind: 'out_of_memory' }
  if (!(error instanceof Failure)) {
    return { kind: 'defect', stack: error instanceof Error ? String(error.stack) : String(error) }
  }
  const { exitCode, message, cause } = error
  const isTooLarge = cause instanceof Error && cause.message.startsWith('Out of Memory Error')
  return { kind: 'refused', exitCode, message, isTooLarge }
}
