import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../market/clock.ts'
import { createSteppedMarket } from '../engine/market.ts'
import type { ExchangeOptions } from '../options.ts'
import { durationSeconds, type OfferedScenario } from './offered-scenarios.ts'
import type { ResultStore, RunResult } from './results.ts'
import type { Rules } from './rules.ts'
import { createRun } from './run.ts'
import { createSession, type Session } from './session.ts'

const HOUR_MS = 3_600_000
/** How often silent clients are looked for, ms. */
const CHECK_INTERVAL_MS = 250

/** The answer to a start. */
export interface StartedRun {
  readonly run_id: string
  readonly token: string
  readonly seed: number
  readonly duration_sec: number
}

/** Why a run may not be started. */
export interface StartRefusal {
  readonly status: 400 | 429 | 503
  readonly code: string
  readonly message: string
  /** After which a new attempt makes sense. */
  readonly retryAfterSeconds?: number
}

/** The runs that have not ended, each with a market of its own. */
export interface Runs {
  start(
    name: string,
    scenario: OfferedScenario,
    of: { seed: number; steps: number },
  ): StartedRun | StartRefusal
  /** Null when there is no such run (any more). */
  find(runId: string): Session | null
  /** Whether the token is that of the run. */
  isToken(runId: string, token: string): boolean
  readonly active: number
  /** Cuts every run. */
  close(): void
}

interface ActiveRun {
  readonly name: string
  readonly scenarioId: string
  readonly token: string
  readonly session: Session
}

export function createRuns({
  rules,
  options,
  clock,
  results,
  onResult,
  onError,
}: {
  readonly rules: Rules
  readonly options: Pick<ExchangeOptions, 'maxRuns' | 'connectSeconds' | 'idleSeconds' | 'bookLevels'>
  readonly clock: Clock
  readonly results: ResultStore
  /** Called for each run that ends, after it is in the store. */
  onResult(result: RunResult): void
  /** Called with an error of the program in a run; that run is cut and the others go on. */
  onError(error: unknown): void
}): Runs {
  const active = new Map<string, ActiveRun>()
  /** Times of the starts in the last hour, by participant. */
  const starts = new Map<string, number[]>()
  const timer = setInterval(() => {
    for (const { session } of active.values()) session.check()
  }, CHECK_INTERVAL_MS)
  timer.unref()

  function refusalOf(name: string, scenarioId: string): StartRefusal | null {
    const now = clock.monotonicMs()
    const recent = (starts.get(name) ?? []).filter((at) => now - at < HOUR_MS)
    starts.set(name, recent)
    const [oldest] = recent
    if (rules.startsPerHour !== null && oldest !== undefined && recent.length >= rules.startsPerHour) {
      return {
        status: 429,
        code: 'too_many_runs',
        message: `${name} has started ${recent.length} runs in the last hour, and the limit is ${rules.startsPerHour}`,
        retryAfterSeconds: Math.ceil((oldest + HOUR_MS - now) / 1_000),
      }
    }
    if (!rules.allowsParallelRuns) {
      for (const run of active.values()) {
        if (run.name !== name || run.scenarioId !== scenarioId) continue
        if (run.session.isJoined) {
          const message = `${name} is running ${scenarioId}: end that run first`
          return { status: 400, code: 'already_running', message }
        }
        // The client that started it has never come: it has probably been started again.
        run.session.cut('started again')
      }
    }
    return active.size < options.maxRuns
      ? null
      : {
          status: 503,
          code: 'exchange_full',
          message: `${options.maxRuns} runs are active, which is exchange.maxRuns: try again when one has ended`,
          retryAfterSeconds: Math.ceil(options.connectSeconds),
        }
  }

  return {
    start: (name, scenario, { seed, steps }) => {
      const refusal = refusalOf(name, scenario.id)
      if (refusal) return refusal
      if (rules.startsPerHour !== null) starts.get(name)?.push(clock.monotonicMs())
      const runId = randomUUID()
      const token = randomBytes(24).toString('base64url')
      const startedAt = new Date(clock.now()).toISOString()
      const session = createSession({
        name,
        runId,
        clock,
        limits: { ...options, decisionLimitMs: rules.decisionLimitMs },
        createRun: (output) =>
          createRun(
            createSteppedMarket(scenario.scenario, seed),
            { steps, rules, bookLevels: options.bookLevels, priceText: scenario.priceText },
            output,
          ),
        onError,
        onEnd: (outcome) => {
          active.delete(runId)
          const result: RunResult = {
            ...{ run_id: runId, student_id: name, scenario_id: scenario.id, seed, rules: rules.name },
            ...{ started_at: startedAt, completed_at: new Date(clock.now()).toISOString() },
            ...outcome,
          }
          results.add(result)
          onResult(result)
        },
      })
      active.set(runId, { name, scenarioId: scenario.id, token, session })
      return { run_id: runId, token, seed, duration_sec: durationSeconds(steps) }
    },
    find: (runId) => active.get(runId)?.session ?? null,
    isToken: (runId, token) => {
      const own = Buffer.from(active.get(runId)?.token ?? '')
      const given = Buffer.from(token)
      return own.length > 0 && own.length === given.length && timingSafeEqual(own, given)
    },
    get active() {
      return active.size
    },
    close: () => {
      clearInterval(timer)
      for (const { session } of [...active.values()]) session.cut('the exchange was stopped')
    },
  }
}
