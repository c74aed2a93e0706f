import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Credentials } from './credentials.ts'
import { durationSeconds, type OfferedScenario } from './offered-scenarios.ts'
import { isAllowedSource } from './origin.ts'
import { leaderboardAnswer, myRunsAnswer, type ResultStore, rankedRuns, studentAnswer } from './results.ts'
import type { Rules } from './rules.ts'
import type { Runs } from './runs.ts'

export type Api = Hono<{ Bindings: HttpBindings }>

/** What the REST answers are made of. */
export interface ReplaySources {
  readonly scenarios: ReadonlyMap<string, OfferedScenario>
  readonly credentials: Credentials
  readonly rules: Rules
  readonly registration: boolean
  readonly runs: Runs
  readonly results: ResultStore
  readonly allowedHosts: ReadonlySet<string>
  onError(error: unknown): void
}

interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 429 | 500 | 503
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds?: number
}

const MAX_SEED = 2_147_483_647
const MAX_STEPS = 10_000_000

/** The REST part of the protocol, below /api/replays. */
export function createReplaysApi(sources: ReplaySources): Api {
  const api: Api = new Hono({ strict: false })
  const { scenarios, results } = sources
  api.use(async (context, next) => {
    const { incoming } = context.env
    if (!isAllowedSource(incoming.headers, sources.allowedHosts)) {
      const message = 'the host name or the origin is not in exchange.allowedHosts'
      context.res = refuse(context, { status: 403, code: 'foreign_host', message })
    } else if (incoming.method !== 'GET') {
      context.res = refuse(context, {
        status: 405,
        code: 'method_not_allowed',
        message: 'only GET is allowed',
      })
    } else await next()
    context.res.headers.set('Cache-Control', 'no-store')
    context.res.headers.set('X-Content-Type-Options', 'nosniff')
  })

  /** Answers about a known scenario. */
  const about = (path: string, answer: (context: Context, scenario: OfferedScenario) => Response) =>
    api.get(`/api/replays/:scenario${path}`, (context) => {
      const scenario = scenarios.get(context.req.param('scenario'))
      return scenario ? answer(context, scenario) : refuse(context, unknownScenario(sources))
    })

  api.get('/api/replays', (context) => {
    const caller = callerOf(context, sources)
    if (caller.kind === 'refused') return refuse(context, caller.refusal)
    return context.json([...scenarios.values()].map((scenario) => listed(scenario, caller.name, results)))
  })
  about('/start', (context, scenario) => start(context, scenario, sources))
  about('/my-runs', (context, { id }) => {
    const caller = callerOf(context, sources)
    if (caller.kind === 'refused') return refuse(context, caller.refusal)
    if (caller.name === null) return refuse(context, UNAUTHORIZED)
    return context.json(myRunsAnswer(id, caller.name, results.ofScenario(id)))
  })
  about('/leaderboard', (context, scenario) =>
    context.json(leaderboardAnswer(scenario, results.ofScenario(scenario.id))),
  )
  about('/student/:name', (context, { id }) => {
    const name = context.req.param('name') ?? ''
    const runs = studentAnswer(name, results.ofScenario(id))
    if (runs.length === 0 && !sources.credentials.isKnown(name)) {
      return refuse(context, {
        status: 404,
        code: 'unknown_participant',
        message: 'no participant has this name',
      })
    }
    return context.json(runs)
  })
  api.notFound((context) => refuse(context, { status: 404, code: 'not_found', message: 'no such path' }))
  api.onError((error, context) => {
    sources.onError(error)
    return refuse(context, { status: 500, code: 'internal', message: 'internal error: see the log' })
  })
  return api
}

function start(context: Context, scenario: OfferedScenario, sources: ReplaySources): Response {
  const { credentials, registration, rules, runs } = sources
  const name = bearerName(context)
  const password = context.req.header('X-Team-Password')
  if (name === null || password === undefined || !credentials.matches(name, password)) {
    return refuse(context, UNAUTHORIZED)
  }
  if (!registration) {
    const message = 'no runs may be started: exchange.registration is off'
    return refuse(context, { status: 403, code: 'registration_off', message })
  }
  const seed = wholeNumber(context, 'seed', { fallback: scenario.seed, min: 0, max: MAX_SEED })
  const steps = wholeNumber(context, 'steps', { fallback: scenario.steps, min: 1, max: MAX_STEPS })
  if (seed === null || steps === null) {
    const message = `seed is a whole number from 0 to ${MAX_SEED}, and steps one from 1 to ${MAX_STEPS}`
    return refuse(context, { status: 400, code: 'bad_parameter', message })
  }
  if (rules.name === 'original' && (seed !== scenario.seed || steps !== scenario.steps)) {
    const message = 'seed and steps are fixed under the rules original'
    return refuse(context, { status: 400, code: 'fixed_parameter', message })
  }
  const started = runs.start(name, scenario, { seed, steps })
  return 'status' in started ? refuse(context, started) : context.json(started)
}

/** Who asks. The password is only needed to start a run, but a wrong one is never accepted. */
function callerOf(
  context: Context,
  { credentials }: ReplaySources,
): { kind: 'caller'; name: string | null } | { kind: 'refused'; refusal: Refusal } {
  const name = bearerName(context)
  const password = context.req.header('X-Team-Password')
  if (name === null && password === undefined) return { kind: 'caller', name: null }
  const isRight =
    name !== null &&
    (password === undefined ? credentials.isKnown(name) : credentials.matches(name, password))
  return isRight ? { kind: 'caller', name } : { kind: 'refused', refusal: UNAUTHORIZED }
}

function bearerName(context: Context): string | null {
  return /^Bearer (.+)$/i.exec(context.req.header('Authorization') ?? '')?.[1]?.trim() ?? null
}

function listed(scenario: OfferedScenario, name: string | null, results: ResultStore) {
  const own = results.ofScenario(scenario.id).filter(({ student_id }) => student_id === name)
  return {
    scenario_id: scenario.id,
    name: scenario.name,
    description: scenario.description,
    seed: scenario.seed,
    duration_sec: durationSeconds(scenario.steps),
    your_runs: own.length,
    your_best_pnl: rankedRuns(own)[0]?.final_pnl ?? null,
  }
}

/** A parameter of the query; null when it is given and illegal. */
function wholeNumber(
  context: Context,
  name: string,
  { fallback, min, max }: { fallback: number; min: number; max: number },
): number | null {
  const text = context.req.query(name)
  if (text === undefined) return fallback
  const value = Number(text)
  return /^\d{1,10}$/.test(text) && value >= min && value <= max ? value : null
}

const UNAUTHORIZED: Refusal = {
  status: 401,
  code: 'unauthorized',
  message: 'unknown name or wrong password: send Authorization: Bearer NAME and X-Team-Password',
}

function unknownScenario({ scenarios }: ReplaySources): Refusal {
  const message = `unknown scenario: this exchange offers ${[...scenarios.keys()].join(', ')}`
  return { status: 400, code: 'unknown_scenario', message }
}

function refuse(context: Context, { status, code, message, retryAfterSeconds }: Refusal): Response {
  if (status === 401) context.header('WWW-Authenticate', 'Bearer')
  if (status === 405) context.header('Allow', 'GET')
  if (retryAfterSeconds !== undefined) context.header('Retry-After', String(retryAfterSeconds))
  return context.json({ error: { code, message } }, status)
}
