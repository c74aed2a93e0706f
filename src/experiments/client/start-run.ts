import { type IncomingMessage, request } from 'node:http'
import { EXIT, type ExitCode, Failure } from '../../process/failure.ts'
import { addressText, type ExchangeAddress } from './address.ts'
import { connectTo } from './connect.ts'
import { printable } from './server-message.ts'
import type { CertificateTrust } from './trust.ts'

/** Who trades, and where. */
export interface ExchangeAccess {
  readonly address: ExchangeAddress
  readonly trust: CertificateTrust
  readonly name: string
  /** Never shown, neither in messages nor in logs. */
  readonly password: string
}

/** A run that an exchange has begun. */
export interface StartedRun {
  readonly runId: string
  readonly token: string
  readonly seed: number | null
  /** From its duration, 100 ms a step; null without one. */
  readonly steps: number | null
}

const ANSWER_LIMIT_MS = 10_000
const MAX_ANSWER_BYTES = 1_000_000
const STEPS_PER_SECOND = 10

/**
 * Starts a run. Seed and steps are asked for only when they are given: an exchange that has its own may refuse them.
 * @throws Failure when it is refused, with a line that says by whom and why, or when no exchange answers.
 */
export async function startRun(
  access: ExchangeAccess,
  scenario: string,
  { seed, steps }: { readonly seed: number | null; readonly steps: number | null },
  signal: AbortSignal,
): Promise<StartedRun> {
  const query = new URLSearchParams()
  if (seed !== null) query.set('seed', String(seed))
  if (steps !== null) query.set('steps', String(steps))
  const path = `/api/replays/${encodeURIComponent(scenario)}/start${query.size > 0 ? `?${query}` : ''}`
  const answer = await get(access, path, signal)
  if (answer.status !== 200) throw await refusal(access, scenario, answer, signal)
  return startedRun(answer.body, addressText(access.address))
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly retryAfterSeconds: number | null
}

function startedRun(body: unknown, where: string): StartedRun {
  const { run_id, token, seed, duration_sec } = fieldsOf(body)
  if (typeof run_id !== 'string' || typeof token !== 'string') throw noExchange(where)
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
  return {
    ...{ runId: run_id, token },
    seed: isCount(seed) ? seed : null,
    steps:
      typeof duration_sec === 'number' && duration_sec > 0
        ? Math.round(duration_sec * STEPS_PER_SECOND)
        : null,
  }
}

async function refusal(
  access: ExchangeAccess,
  scenario: string,
  { status, body, retryAfterSeconds }: Answer,
  signal: AbortSignal,
): Promise<Failure> {
  const where = addressText(access.address)
  const said = messageOf(body)
  const fail = (exitCode: ExitCode, text: string) => {
    const wait = retryAfterSeconds === null ? '' : `; try again in ${retryAfterSeconds} s`
    return new Failure(exitCode, `${where}: ${text}${said === null ? '' : `: ${said}`}${wait}`)
  }
  switch (status) {
    case 401:
      return new Failure(
        EXIT.refused,
        `${where}: the exchange does not accept the name ${access.name} with this password`,
      )
    case 403:
      return fail(EXIT.refused, 'the exchange does not allow runs to be started')
    case 429:
      return fail(EXIT.tryLater, `too many runs of ${access.name}`)
    case 503:
      return fail(EXIT.tryLater, 'the exchange is full')
    case 400: {
      const offered = await offeredScenarios(access, signal)
      return offered !== null && !offered.includes(scenario)
        ? new Failure(
            EXIT.usage,
            `${where} does not offer the scenario ${scenario}; it offers ${offered.join(', ')}`,
          )
        : fail(EXIT.refused, `the exchange does not start ${scenario}`)
    }
    default:
      return said === null ? noExchange(where) : fail(EXIT.refused, `the exchange answers ${status}`)
  }
}

/** The ids of the scenarios; null when the exchange does not list them. */
async function offeredScenarios(
  access: ExchangeAccess,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const { status, body } = await get(access, '/api/replays', signal)
  if (status !== 200 || !Array.isArray(body)) return null
  return body.flatMap((one: unknown) => printable(fieldsOf(one).scenario_id) ?? [])
}

async function get(
  { address, trust, name, password }: ExchangeAccess,
  path: string,
  signal: AbortSignal,
): Promise<Answer> {
  const where = addressText(address)
  const socket = await connectTo(address, trust, signal)
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(
        {
          ...{ host: address.host, port: address.port, path, signal, timeout: ANSWER_LIMIT_MS },
          ...(address.secure && { defaultPort: 443 }),
          createConnection: () => socket,
          headers: { Authorization: `Bearer ${name}`, 'X-Team-Password': password, Connection: 'close' },
        },
        resolve,
      )
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS / 1_000} s`)))
      asked.on('error', reject)
      asked.end()
    })
    const retryAfter = Number(response.headers['retry-after'])
    return {
      status: response.statusCode ?? 0,
      body: parsed(await textOf(response)),
      retryAfterSeconds: Number.isSafeInteger(retryAfter) && retryAfter > 0 ? retryAfter : null,
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const hint = address.secure ? '' : ' (with TLS it needs --secure)'
    const message = `no exchange answers at ${where}: ${(error as Error).message}${hint}`
    throw new Failure(EXIT.unreachable, message, error)
  } finally {
    socket.destroy()
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Null when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What the exchange says about an error: as ours does, or in one of the usual fields. */
function messageOf(body: unknown): string | null {
  const { error, message, detail } = fieldsOf(body)
  return (
    printable(typeof error === 'object' ? fieldsOf(error).message : error) ??
    printable(message) ??
    printable(detail)
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function noExchange(where: string): Failure {
  return new Failure(
    EXIT.unreachable,
    `what answers at ${where} is no exchange: its answer to a start has no run_id and token`,
  )
}
