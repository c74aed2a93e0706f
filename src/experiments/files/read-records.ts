import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { EXIT, Failure } from '../../process/failure.ts'
import { stepRecordSchema } from './step-record.ts'

/** Why a line is not used. */
export type LineFault = 'cut' | 'not_json' | 'nul_bytes' | 'not_utf8' | 'too_long' | 'not_a_record'

export interface DamagedLine {
  /** From 1. */
  readonly line: number
  readonly fault: LineFault
  readonly detail: string
}

/** What a file held besides its records. Lines without content are neither records nor damaged. */
export interface DamageReport {
  readonly records: number
  readonly damaged: number
  readonly byFault: Readonly<Partial<Record<LineFault, number>>>
  /** The first few. */
  readonly examples: readonly DamagedLine[]
}

/** What DuckDB's reader takes for certain. */
export const MAX_LINE_BYTES = 16_000_000
const MAX_EXAMPLES = 5
const LF = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

const number = z.number().nullish()
/** What every file of step records has, those of the original framework too. What is ours is checked where it is present. */
const readableSchema = z.looseObject({
  step: z.int().nonnegative(),
  timestamp: z.string(),
  experiment: z.string(),
  scenario: z.string(),
  run_id: z.string(),
  mode: z.string(),
  market: z.looseObject({
    bid: z.number().nullable(),
    ask: z.number().nullable(),
    mid: z.number().nullable(),
    spread: z.number().nullable(),
    last_trade: z.union([z.number(), z.looseObject({ price: z.number() })]).nullish(),
    bid_size: number,
    ask_size: number,
  }),
  book: z.looseObject({ bid_depth: number, ask_depth: number }).nullish(),
  state: z.looseObject({
    inventory: z.number(),
    cash_flow: z.number(),
    pnl: z.number().nullable(),
    orders_sent: z.number(),
    open_orders: number,
    mark: number,
    average_price: number,
    realised_pnl: number,
    unrealised_pnl: number,
  }),
  action: z.looseObject({ side: z.string(), price: z.number(), qty: z.number() }).nullish(),
  fill: z.looseObject({ side: z.string(), price: z.number(), qty: z.number(), latency_ms: number }).nullish(),
  ...stepRecordSchema
    .pick({
      seed: true,
      trades: true,
      orders: true,
      cancels: true,
      skipped: true,
      refused: true,
      fills: true,
      timing: true,
    })
    .partial().shape,
  rules: z.string().optional(),
})

/** A record as files have it: one of ours, or one of the original framework, which has only part of the fields. */
export type ReadableRecord = z.output<typeof readableSchema>

export interface ReadLine {
  readonly record: ReadableRecord
  /** The line itself, without its end and without a byte order mark. */
  readonly bytes: Buffer
}

/**
 * Reads the records of a file in order, in bounded memory, and skips what is none; `onEnd` gets the report.
 * @throws Failure EXIT.io when the file cannot be read.
 */
export async function* readRecords(
  path: string,
  onEnd: (report: DamageReport) => void = () => {},
): AsyncGenerator<ReadLine> {
  const byFault: Partial<Record<LineFault, number>> = {}
  const examples: DamagedLine[] = []
  let records = 0
  let damaged = 0
  for await (const { bytes, line, isTooLong, hasEnd } of readLines(path)) {
    const read = isTooLong
      ? { fault: 'too_long' as const, detail: `more than ${MAX_LINE_BYTES} bytes` }
      : readLine(bytes, hasEnd)
    if (read === null) continue
    if ('record' in read) {
      records++
      yield read
      continue
    }
    damaged++
    byFault[read.fault] = (byFault[read.fault] ?? 0) + 1
    if (examples.length < MAX_EXAMPLES) examples.push({ line, ...read })
  }
  onEnd({ records, damaged, byFault, examples })
}

/** Null for a line without content. @param hasEnd false for the last line of a file that does not end with a line end. */
function readLine(
  whole: Buffer,
  hasEnd: boolean,
): ReadLine | { readonly fault: LineFault; readonly detail: string } | null {
  const bytes = whole.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? whole.subarray(BYTE_ORDER_MARK.length)
    : whole
  if (bytes.includes(0)) return { fault: 'nul_bytes', detail: 'holds NUL bytes' }
  if (!isUtf8(bytes)) return { fault: 'not_utf8', detail: 'is not UTF-8' }
  const text = bytes.toString('utf8')
  if (text.trim() === '') return null
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    const detail = (error as Error).message.slice(0, 120)
    return { fault: hasEnd ? 'not_json' : 'cut', detail }
  }
  const parsed = readableSchema.safeParse(document)
  if (parsed.success) return { record: parsed.data, bytes }
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'the line'
  return { fault: 'not_a_record', detail: `${where}: ${issue?.message}`.slice(0, 120) }
}

interface Line {
  readonly bytes: Buffer
  readonly line: number
  readonly isTooLong: boolean
  readonly hasEnd: boolean
}

/** Of a line that is too long only its beginning is kept. */
async function* readLines(path: string): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let length = 0
  let line = 1
  const keep = (part: Buffer) => {
    if (length <= MAX_LINE_BYTES) parts.push(part)
    length += part.length
  }
  const take = (hasEnd: boolean): Line => {
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    const taken = { bytes, line, isTooLong: length > MAX_LINE_BYTES, hasEnd }
    parts = []
    length = 0
    line++
    return taken
  }
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      let at = 0
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
        keep(chunk.subarray(at, end))
        at = end + 1
        yield take(true)
      }
      if (at < chunk.length) keep(chunk.subarray(at))
    }
  } catch (error) {
    throw readFailure(path, error)
  }
  if (length > 0) yield take(false)
}

function readFailure(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  return code === undefined ? error : new Failure(EXIT.io, `cannot read ${path}: ${message}`, error, code)
}
