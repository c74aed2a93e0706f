import { setTimeout as delay } from 'node:timers/promises'
import { exchangeOptions } from '../../../src/exchange/options.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import type { RunResult } from '../../../src/exchange/server/results.ts'
import { type ExchangeServer, openExchange } from '../../../src/exchange/server/server.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { openRun, type RunClient } from '../../support/exchange-client.ts'
import { randomOf } from '../campaign.ts'
import { ATTACKS, knock } from './attacks.ts'

/** What hostile clients did to the exchange and to an honest one beside them. */
export interface HostileTally {
  readonly attacks: number
  readonly frames: number
  /** Runs of hostile clients without a result, or with another end than they must have. */
  readonly unmarked: readonly string[]
  /** Messages of the honest run that differ from those of a run with nobody beside it. */
  readonly disturbed: number
  readonly honestSteps: number
  /** Errors of the program. */
  readonly errors: readonly string[]
  readonly runsLeft: number
}

interface AttackOptions {
  readonly rounds: number
  readonly seed: number
  /** Frames of a flood. */
  readonly flood: number
}

const SCENARIO = 'normal_market'
const WAIT_MS = 100
const MAX_WAITS = 200

/** Each round every attack is made once, side by side, while an honest run goes on in lockstep. */
export async function attackExchange(options: AttackOptions): Promise<HostileTally> {
  const errors: string[] = []
  const server = await openExchange({
    options: exchangeOptions.parse({
      ...{ port: 0, maxRuns: 100, maxResults: 100_000 },
      participants: { honest: 'optionlake', hostile: 'optionlake' },
    }),
    scenarios: loadOfferedScenarios([SCENARIO], { seed: null, steps: 10_000_000 }),
    clock: systemClock,
    onError: (error) => void errors.push(String(error)),
  })
  try {
    return { ...(await attack(server, options)), errors, runsLeft: server.activeRuns }
  } finally {
    await server.close()
  }
}

async function attack(
  { url }: ExchangeServer,
  { rounds, seed, flood }: AttackOptions,
): Promise<Omit<HostileTally, 'errors' | 'runsLeft'>> {
  const random = randomOf(seed)
  const honest = await openRun(url, SCENARIO, { name: 'honest' })
  let isOver = false
  const lockstep = playHonestly(honest, () => isOver)
  const unmarked: string[] = []
  let frames = 0
  for (let round = 0; round < rounds; round++) {
    const before = (await resultsOf(url)).length
    const sent = await Promise.all([
      ...ATTACKS.map((one) => one.run(url, { random, flood })),
      knock(url, random).then(() => 0),
      knock(url, random).then(() => 0),
    ])
    for (const count of sent) frames += count
    const results = await resultsAfter(url, before)
    if (results.length !== ATTACKS.length)
      unmarked.push(`${results.length} results of ${ATTACKS.length} runs`)
    for (const { end, cut_reason } of results)
      if (end !== 'cut' || !cut_reason) unmarked.push(`${end}: ${cut_reason}`)
  }
  isOver = true
  const steps = await lockstep
  const received = { market: [...honest.market.received], orders: honest.orders.received.slice(1) }
  honest.close()
  await honest.market.closed

  const alone = await openRun(url, SCENARIO, { name: 'honest' })
  await playHonestly(alone, (step) => step >= steps)
  const expected = { market: alone.market.received, orders: alone.orders.received.slice(1) }
  const disturbed =
    differences(received.market, expected.market) + differences(received.orders, expected.orders)
  alone.close()
  await alone.market.closed
  await delay(WAIT_MS)
  return { attacks: rounds * ATTACKS.length, frames, unmarked, disturbed, honestSteps: steps }
}

/** Buys and sells in lockstep until it is told to end. Returns the steps. */
async function playHonestly(client: RunClient, isOver: (step: number) => boolean): Promise<number> {
  let snapshot = await client.market.next()
  for (let step = 0; ; step++) {
    if (isOver(step)) return step
    if (step % 5 === 0) {
      const isBuy = step % 10 === 0
      client.send({
        order_id: `h${step}`,
        side: isBuy ? 'BUY' : 'SELL',
        price: isBuy ? snapshot.ask : snapshot.bid,
        qty: 100,
      })
    }
    snapshot = await client.done()
  }
}

function differences(texts: readonly string[], expected: readonly string[]): number {
  const length = Math.max(texts.length, expected.length)
  return Array.from({ length }, (_, at) => texts[at] === expected[at]).filter((isSame) => !isSame).length
}

/** The results of one round. The exchange notices the end of a connection a moment after the client. */
async function resultsAfter(url: string, before: number): Promise<RunResult[]> {
  for (let wait = 0; ; wait++) {
    const results = (await resultsOf(url)).slice(before)
    if (results.length >= ATTACKS.length || wait >= MAX_WAITS) return results
    await delay(WAIT_MS)
  }
}

async function resultsOf(url: string): Promise<RunResult[]> {
  const response = await fetch(`${url}/api/replays/${SCENARIO}/student/hostile`)
  return (await response.json()) as RunResult[]
}
