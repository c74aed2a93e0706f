import type { Session } from '../gateway/session/session.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import type { Lake } from '../lake/open.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import { Failure } from '../process/failure.ts'
import type { Log } from '../process/log.ts'
import type { UnderlyingBarRow } from '../snapshot/underlying-bars.ts'
import { barDayAt } from './bar-day.ts'
import { type BarProblem, barProblems } from './bar-problems.ts'
import { startOf } from './bar-series.ts'
import { type BarStore, createBarStore } from './bar-store.ts'
import { type BarStreamStatus, openBarStreams } from './bar-streams.ts'
import { type BarSource, type BarTarget, findTargets } from './bar-targets.ts'
import { type LineNeeds, spareLines } from './spare-lines.ts'

/** The streams of the daemon, and the bars that it stores. */
export interface Bars {
  /** Stores the bars that have ended: after the commit of each slot. Never rejects: what cannot be stored waits. */
  store(): Promise<void>
  /** Lines in use, which the plan of a cycle does without. */
  linesInUse(): number
  status(): BarsStatus
  /** The streams that should make bars now, and make none. */
  problems(now: EpochMs): BarProblem[]
  /** Stores what there is, running bars included, and closes the streams. */
  close(): Promise<void>
}

export interface BarsStatus {
  readonly streams: readonly BarStreamStatus[]
  /** Sources whose contracts could not be looked up, with the reason. */
  readonly unknown: ReadonlyMap<string, string>
  readonly rowsStored: number
  /** Bars that could not be stored for so long that they were forgotten. */
  readonly barsLost: number
  /** Ticks that came too late for any bar. */
  readonly ticksDropped: number
  /** Why bars could not be stored the last time; null if they could. */
  readonly fault: { readonly message: string; readonly since: EpochMs } | null
}

export interface BarsContext {
  readonly supervisor: Pick<SessionSupervisor, 'session' | 'onResubscribe'>
  readonly lake: Lake
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Market-data lines by the configuration. */
  readonly lines: number
  /** A future stops being streamed this many calendar days before its last trading day. */
  readonly rollDays: number
  /** What the cycles need, `usable` excepted, which the session knows. */
  readonly needs: Omit<LineNeeds, 'usable'>
  /** Whether a cycle is running: bars are then stored after it. */
  isCycleRunning(): boolean
}

const CHECK_MS = 10_000
/** Bars are taken this long after their end: what was under way has arrived. */
const GRACE_MS = 2_000
/** Bars wait this long for the end of a cycle; ms after their end. */
const LONGEST_WAIT_MS = 330_000
/** After a lookup that failed, and after one that the gateway answered with nothing; ms. */
const LOOKUP_RETRY_MS = 60_000
const NOT_LISTED_RETRY_MS = 12 * 3_600_000
/** Cycles wait for lines at this many checks in a row before streams are cut for them, and for this long; ms. */
const SCARCE_CHECKS = 2
const CUT_FOR_MS = 120_000

/** The contracts of one source. */
interface Found {
  readonly date: SessionDate | null
  readonly targets: readonly BarTarget[]
}

/** Streams the sources on successive sessions until the signal is aborted. */
export function startBars(sources: readonly BarSource[], context: BarsContext): Bars {
  const { supervisor, lake, clock, log, signal, needs, isCycleRunning } = context
  const store = createBarStore(lake)
  const found = new Map<BarSource, Found>()
  const retryAtMs = new Map<BarSource, number>()
  const unknown = new Map<string, string>()
  const looking = new Set<BarSource>()
  const streams = openBarStreams({
    clock,
    onRefused: ({ instrument }, { code, message }) =>
      log.warn({ symbol: instrument.symbol, code }, `no bars today: ${message}`),
  })
  const startedAt = clock.now()
  let rowsStored = 0
  let barsLost = 0
  let fault: BarsStatus['fault'] = null
  let scarceChecks = 0
  let cutUntilMs = Number.NEGATIVE_INFINITY

  function usableSession(): Session | null {
    const session = supervisor.session()
    return session?.isOpen && session.origin === lake.source ? session : null
  }

  /** Futures of the trade date: they change at the opening of its session. Others are looked up once. */
  function dateOf({ instrument, hours }: BarSource): SessionDate | null {
    const isFuture = instrument.kind === 'FUT' || instrument.kind === 'FOP'
    return isFuture ? (barDayAt(startOf(clock.now()), hours)?.date ?? null) : null
  }

  async function lookUp(source: BarSource, session: Session): Promise<void> {
    const { symbol } = source.instrument
    const date = dateOf(source)
    const known = found.get(source)
    if ((known && known.date === date) || looking.has(source)) return
    if (clock.monotonicMs() < (retryAtMs.get(source) ?? Number.NEGATIVE_INFINITY)) return
    looking.add(source)
    try {
      const on = date ?? (barDayAt(clock.now(), source.hours)?.date as SessionDate)
      const { rollDays } = context
      const targets = await findTargets(session, source, { date: on, rollDays, signal })
      if (targets.length > 0) {
        found.set(source, { date, targets })
        unknown.delete(symbol)
        balance()
      } else failed(source, 'the gateway lists no such contract', NOT_LISTED_RETRY_MS)
    } catch (error) {
      if (!signal.aborted && session.isOpen) failed(source, (error as Error).message, LOOKUP_RETRY_MS)
    } finally {
      looking.delete(source)
    }
  }

  function failed(source: BarSource, reason: string, retryMs: number): void {
    const { symbol } = source.instrument
    if (unknown.get(symbol) !== reason) log.info({ symbol }, `no bars: ${reason}`)
    unknown.set(symbol, reason)
    retryAtMs.set(source, clock.monotonicMs() + retryMs)
  }

  /** Lines for the streams: none while the requests of a cycle wait for lines. */
  function linesOn(session: Session | null): number {
    if (session === null) return 0
    const { linesInUse, linesUsable, linesAwaited } = session.counters()
    const nowMs = clock.monotonicMs()
    scarceChecks = linesAwaited > 0 && linesInUse >= linesUsable ? scarceChecks + 1 : 0
    if (scarceChecks >= SCARCE_CHECKS) cutUntilMs = nowMs + CUT_FOR_MS
    return nowMs < cutUntilMs ? 0 : spareLines({ ...needs, usable: linesUsable })
  }

  const targets = () => sources.flatMap((source) => found.get(source)?.targets ?? [])

  function balance(): void {
    const session = usableSession()
    streams.balance(targets(), { session, lines: linesOn(session) })
  }

  let writing: Promise<void> = Promise.resolve()
  function write(endedBy: number): Promise<void> {
    writing = writing.then(() => writeRows(store, endedBy))
    return writing
  }

  async function writeRows(to: BarStore, endedBy: number): Promise<void> {
    const taken = streams.series().map((series) => ({ series, rows: series.takeChanged(endedBy) }))
    const rows: UnderlyingBarRow[] = taken.flatMap((one) => one.rows)
    if (rows.length === 0) return
    try {
      await to.write(rows)
      rowsStored += rows.length
      fault = null
    } catch (error) {
      for (const one of taken) one.series.putBack(one.rows)
      const message = error instanceof Failure ? error.message : String(error)
      if (fault?.message !== message)
        log.error({ err: error }, 'the bars could not be stored; they wait for the next slot')
      fault = { message, since: fault?.since ?? clock.now() }
    }
  }

  /** Until when a bar must have ended to be stored now, without a cycle that does it. */
  function dueBy(now: EpochMs): number {
    return now - (isCycleRunning() ? LONGEST_WAIT_MS : GRACE_MS)
  }

  async function run(): Promise<void> {
    let writtenTo = startOf(clock.now())
    while (!signal.aborted) {
      const session = usableSession()
      if (session) for (const source of sources) void lookUp(source, session)
      balance()
      const now = clock.now()
      barsLost += streams.forget(now)
      const dueTo = startOf(dueBy(now))
      if (dueTo !== writtenTo) {
        writtenTo = dueTo
        await write(dueBy(now))
      }
      await clock.sleep(CHECK_MS, signal).catch(() => {})
    }
  }

  const removeListener = supervisor.onResubscribe((session) => {
    streams.streamsLost(session)
    balance()
  })
  const running = run()
  return {
    store: () => write(clock.now() - GRACE_MS),
    linesInUse: streams.linesInUse,
    status: () => ({
      ...{ streams: streams.status(), unknown, rowsStored, barsLost, fault },
      ticksDropped: streams.ticksDropped(),
    }),
    problems: (now) => {
      const hoursOf = new Map(targets().map(({ instrument, hours }) => [instrument.conId, hours]))
      // What has no line by the configuration is not expected.
      const expected = streams.status().slice(0, spareLines({ ...needs, usable: context.lines }))
      const known = expected.flatMap((status) => {
        const hours = hoursOf.get(status.instrument.conId)
        return hours ? [{ status, hours }] : []
      })
      return barProblems(known, { now, startedAt })
    },
    close: async () => {
      removeListener()
      await running
      streams.close()
      await write(Number.POSITIVE_INFINITY)
    },
  }
}
