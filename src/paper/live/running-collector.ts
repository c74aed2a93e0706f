import type { z } from 'zod'
import type { DaemonSearch } from '../../daemon/running-daemon.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { chainAnswer, liveAnswer, marketDataAnswer } from './daemon-answers.ts'
import type { MarketSource } from './market-source.ts'

/** A chain of 2,000 rows takes a tenth of a second; the slowest moment is the end of a cycle. */
const ANSWER_MS = 10_000

/**
 * Uses the daemon that runs: figures and chains over its HTTP API, orders at its gateway, which for an embedded
 * simulator is a port of the loopback interface.
 * @throws Failure EXIT.tryLater while the daemon has no session with its gateway
 */
export async function openRunningCollector(
  { url, answer }: Extract<DaemonSearch, { kind: 'found' }>,
  fetchUrl: typeof fetch = fetch,
): Promise<MarketSource> {
  const endpoint = /^(?<host>.+):(?<port>\d+)$/.exec(answer.session?.endpoint ?? '')?.groups
  if (!endpoint?.host) {
    throw new Failure(
      EXIT.tryLater,
      `the daemon at ${url} has no session with its gateway: try again when it has`,
    )
  }
  const ask = <T extends z.ZodType>(path: string, schema: T) => askDaemon(url + path, schema, fetchUrl)
  const embedded = answer.address === null
  return {
    description: `running daemon ${url}: ${answer.source}`,
    gateway: { host: endpoint.host, port: Number(endpoint.port) },
    ...{ embedded, endsWithProcess: false, source: answer.origin },
    clock: clockOf(await ask('/livez', liveAnswer)),
    figures: (symbol) => ask(`/api/market-data/${encodeURIComponent(symbol)}`, marketDataAnswer),
    chain: async (symbol) =>
      (await ask(`/api/chains/${encodeURIComponent(symbol)}/latest`, chainAnswer)).rows,
    close: async () => {},
  }
}

/** A simulated market's time goes on as fast as ours. */
function clockOf({ at, clock }: z.output<typeof liveAnswer>): Clock {
  return clock.artificial ? clockFrom(epochMs(Date.parse(at))) : systemClock
}

async function askDaemon<T extends z.ZodType>(
  url: string,
  schema: T,
  fetchUrl: typeof fetch,
): Promise<z.output<T>> {
  let value: unknown
  try {
    const response = await fetchUrl(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) })
    value = await response.json()
  } catch (error) {
    const { cause, message } = error as Error
    const why = cause instanceof Error ? cause.message : message
    throw new Failure(EXIT.unreachable, `the daemon does not answer ${url}: ${why}`, error)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Failure(
    EXIT.tryLater,
    `the daemon answers ${url} as another version would: ${issue?.path.join('.')}: ${issue?.message}`,
  )
}
