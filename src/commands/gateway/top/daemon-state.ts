import { z } from 'zod'

// What `top` reads of a running daemon's answers: the rest of each answer may change without harm.

const number = z.number().nullable()
const time = z.string()

const statusAnswer = z.object({
  source: z.string(),
  clock: z.object({ words: z.string() }).loose(),
  at: time,
  connected: z.boolean(),
  session: z.object({ date: z.string(), open: time, close: time }).nullable(),
  next_slot: z.object({ slot: time, symbols: z.array(z.string()) }).nullable(),
  cycle_seconds: number,
  limits: z.object({
    messages_per_second: z.number(),
    contracts_per_second: z.number(),
    lines: z.number(),
    lines_in_use: number,
    peak_messages_per_second: number,
  }),
})

const check = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warn', 'fail']),
  reason: z.string(),
  advice: z.string().nullable(),
})
const healthAnswer = z.object({ status: z.string(), checks: z.array(check) })

const notice = z.object({ code: z.number(), message: z.string(), at: time })
const gatewayAnswer = z.object({ notices: z.array(notice) })

const slotRow = z.object({
  symbol: z.string(),
  timestamp: time,
  outcome: z.enum(['stored', 'partial', 'missing']),
  requested: z.number(),
  answered: z.number(),
  reason: z.string().nullable(),
})
const slotsAnswer = z.object({
  date: z.string(),
  symbols: z.array(z.string()),
  expected: z.array(z.object({ slot: time, symbols: z.array(z.string()) })),
  slots: z.array(slotRow),
})

const figure = z
  .object({ value: z.unknown() })
  .transform(({ value }) => (typeof value === 'number' ? value : null))
const figuresAnswer = z.object({
  slot: time.nullable(),
  figures: z.object({ underlying_price: figure, iv30: figure, iv_rank: figure, vix: figure }),
})

/** One symbol of a daemon: its slots of the day, and its newest figures. Fractions a year; null where there is none. */
export interface SymbolState {
  readonly symbol: string
  readonly stored: number
  readonly partial: number
  readonly missing: number
  /** Slots that are over by now. */
  readonly due: number
  /** The newest slot with an outcome; null before the first. */
  readonly newest: z.output<typeof slotRow> | null
  readonly price: number | null
  readonly iv30: number | null
  /** Percent of the range of 252 sessions. */
  readonly iv_rank: number | null
  readonly vix: number | null
}

/** Everything that `top` shows of a daemon, as its `--json` prints it. Times are ISO 8601, UTC. */
export interface DaemonState {
  readonly url: string
  /** The daemon's own time. */
  readonly at: string
  readonly source: string
  readonly clock: string
  readonly connected: boolean
  readonly session: z.output<typeof statusAnswer>['session']
  readonly next_slot: z.output<typeof statusAnswer>['next_slot']
  /** Seconds since the running cycle began; null while none runs. */
  readonly cycle_seconds: number | null
  readonly limits: z.output<typeof statusAnswer>['limits']
  readonly health: z.output<typeof healthAnswer>
  /** Of the symbols' slots. */
  readonly date: string
  readonly symbols: readonly SymbolState[]
  /** The newest first. */
  readonly notices: readonly z.output<typeof notice>[]
}

/** Reads the state of the daemon at an address. Rejects with an error in words if it does not answer as expected. */
export async function readDaemonState(url: string, signal: AbortSignal): Promise<DaemonState> {
  const ask = <T>(path: string, form: z.ZodType<T>) => read(url + path, form, signal)
  const [status, health, gateway, day] = await Promise.all([
    ask('/api/views/status', statusAnswer),
    ask('/api/health', healthAnswer),
    ask('/api/views/gateway', gatewayAnswer),
    ask('/api/slots', slotsAnswer),
  ])
  const figures = await Promise.all(
    day.symbols.map((symbol) => ask(`/api/market-data/${encodeURIComponent(symbol)}`, figuresAnswer)),
  )
  const { at, source, clock, connected, session, next_slot, cycle_seconds, limits } = status
  return {
    ...{ url, at, source, clock: clock.words, connected, session, next_slot, cycle_seconds, limits, health },
    date: day.date,
    symbols: day.symbols.map((symbol, n): SymbolState => {
      const own = day.slots.filter((row) => row.symbol === symbol)
      const numberOf = (outcome: string) => own.filter((row) => row.outcome === outcome).length
      const known = figures[n]?.figures
      return {
        ...{ symbol, stored: numberOf('stored'), partial: numberOf('partial'), missing: numberOf('missing') },
        due: day.expected.filter(({ slot, symbols }) => symbols.includes(symbol) && slot <= at).length,
        newest: own.reduce<SymbolState['newest']>(
          (newest, row) => (newest === null || row.timestamp > newest.timestamp ? row : newest),
          null,
        ),
        price: known?.underlying_price ?? null,
        iv30: known?.iv30 ?? null,
        iv_rank: known?.iv_rank ?? null,
        vix: known?.vix ?? null,
      }
    }),
    notices: gateway.notices,
  }
}

/** A daemon that has just started, on a busy machine, takes seconds for its first answers. */
const ANSWER_MS = 15_000

async function read<T>(url: string, form: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(ANSWER_MS)
  const response = await fetch(url, { signal: AbortSignal.any([signal, timeout]) }).catch(
    (error: unknown) => {
      throw timeout.aborted ? new Error(`no answer within ${ANSWER_MS / 1_000} s`) : error
    },
  )
  if (!response.ok) throw new Error(`${url} answers with ${response.status}, not as a daemon of this version`)
  const parsed = form.safeParse(await response.json())
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(
    `${url} does not answer as a daemon of this version: ${issue?.path.join('.')}: ${issue?.message}`,
  )
}
