import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { SqlValue } from '../sql.ts'
import type { QueryMessage, ReadLake, SelectRequest } from './messages.ts'

/** A query that was ended because it needs too much. Its `limit` says what of. */
export class QueryLimitFailure extends Failure {
  readonly limit: 'time' | 'memory'

  constructor(limit: 'time' | 'memory', message: string) {
    super(limit === 'time' ? EXIT.tryLater : EXIT.usage, message)
    this.limit = limit
  }
}

export interface SelectAnswer {
  readonly lake: ReadLake
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SqlValue[])[]
  /** The limit that cut off the rows; null for none. */
  readonly cutBy: 'rows' | 'bytes' | null
}

export interface SelectLimits {
  /** From the moment that the query is begun, ms. */
  readonly timeLimitMs: number
  /** Ends the query when aborted. */
  readonly signal: AbortSignal
}

/**
 * Runs users' queries in a process of its own, which is kept for the next one and ended when a query takes too long, takes
 * more than 1.5 GB of memory, or is taken back. Nothing less ends a query that DuckDB is still planning.
 */
export interface QueryProcess {
  /**
   * One question after the other.
   * @throws QueryLimitFailure when the query was ended; Failure as `sql` and `openLake`; the reason of `signal`.
   */
  ask(request: SelectRequest, limits: SelectLimits): Promise<SelectAnswer>
  /** Ends the process, and with it a question that is asked. */
  close(): void
}

/** Sources run the program that was compiled from them. */
const PROGRAM = import.meta.url.endsWith('.ts')
  ? '../../../../dist/lake/query/apart/query-child.js'
  : './query-child.js'

const ADVICE = 'restrict it to a symbol and dates'

/** @param program the compiled program of the process. It starts with the first question. */
export function createQueryProcess(program = resolve(import.meta.dirname, PROGRAM)): QueryProcess {
  let child: ChildProcess | null = null
  let last: Promise<unknown> = Promise.resolve()

  function running(): ChildProcess {
    if (child !== null) return child
    const started = fork(program, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    })
    started.once('exit', () => {
      if (child === started) child = null
    })
    // A process that cannot be started or told anything also exits.
    started.on('error', () => end(started))
    child = started
    return started
  }

  function end(process: ChildProcess): void {
    if (child === process) child = null
    process.kill('SIGKILL')
  }

  async function askNow(request: SelectRequest, limits: SelectLimits): Promise<SelectAnswer> {
    const { timeLimitMs, signal } = limits
    signal.throwIfAborted()
    const asked = running()
    const rows: SqlValue[][] = []
    let stop = (): void => {}
    try {
      return await new Promise<SelectAnswer>((settle, reject) => {
        const onMessage = (message: QueryMessage) => {
          if (message.kind === 'rows') for (const row of JSON.parse(message.json)) rows.push(row)
          else if (message.kind === 'done') {
            const { lake, columns, cutBy } = message
            settle({ lake, columns, rows, cutBy })
          } else if (message.kind === 'out_of_memory') fail(tooLarge('1.5 GB'))
          else reject(failureOf(message))
        }
        const fail = (reason: unknown) => {
          end(asked)
          reject(reason)
        }
        const onAbort = () => fail(signal.reason)
        const onEnd = (code: number | null, name: string | null) => fail(endedFailure(code, name))
        const onError = (error: Error) =>
          fail(new Failure(EXIT.io, `the process of queries failed: ${error.message}`))
        const timer = setTimeout(() => fail(tooLong(timeLimitMs)), timeLimitMs)
        stop = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', onAbort)
          asked.off('message', onMessage).off('exit', onEnd).off('error', onError)
        }
        signal.addEventListener('abort', onAbort)
        asked.on('message', onMessage).on('exit', onEnd).on('error', onError)
        asked.send(request)
      })
    } finally {
      stop()
    }
  }

  return {
    ask: (request, limits) => {
      const answer = last.then(() => askNow(request, limits))
      last = answer.catch(() => {})
      return answer
    },
    close: () => {
      if (child !== null) end(child)
    },
  }
}

function failureOf(message: Extract<QueryMessage, { kind: 'refused' | 'defect' }>): Error {
  if (message.kind === 'defect') return Object.assign(new Error('a query failed'), { stack: message.stack })
  if (message.isTooLarge) return new QueryLimitFailure('memory', message.message)
  return new Failure(message.exitCode, message.message)
}

/** Of a process that ended by itself: the system ends one that takes all memory, and V8 and DuckDB abort without any. */
function endedFailure(code: number | null, signal: string | null): Failure {
  if (signal === 'SIGKILL' || signal === 'SIGABRT') return tooLarge('the system has')
  const how = signal ?? `exit code ${code}`
  return new Failure(EXIT.io, `the process of queries ended with ${how}: ask again`)
}

function tooLarge(what: string): QueryLimitFailure {
  return new QueryLimitFailure(
    'memory',
    `the query needs more memory than ${what}: select less at once, or ${ADVICE}`,
  )
}

function tooLong(timeLimitMs: number): QueryLimitFailure {
  const seconds = (timeLimitMs / 1_000).toLocaleString('en-US')
  return new QueryLimitFailure(
    'time',
    `the query took longer than ${seconds} s: ${ADVICE}, or raise --timeout`,
  )
}
