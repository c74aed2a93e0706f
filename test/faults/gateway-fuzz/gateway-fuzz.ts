import { setTimeout as delay } from 'node:timers/promises'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { encode } from '../../../src/simulator/wire/frames.ts'
import { OPTIONS, SPY, stubMarket } from '../../simulator/stub-market.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { isAbsurd, openAccountCheck } from './account-check.ts'
import { bytesOf, type FuzzedMessage, type FuzzTargets, fuzzedMessage } from './frames.ts'
import { openWireClient } from './wire-client.ts'

const FRAMES_A_CLIENT = 200
/** One frame in a thousand has a wrong length or is cut short. */
const DAMAGED_FRACTION = 0.001
/** Beside them, a client dies in the middle of an order, and another one sends a flood. */
const DYING_EVERY = 4
const FLOOD_EVERY = 25
const FLOOD_FRAMES = 25_000
const LIMITS = { messagesPerSecond: 20_000, lines: 400, startingCash: 1_000_000 }
/** After the last frame of a client, how long its answers may take. */
const PATIENCE_MS = 5_000
const CHECK_EVERY = 5
const NOON = newYorkInstant(sessionDate('2026-11-20'), '12:00')

interface Tally {
  frames: number
  orders: number
  ended: number
  unanswered: number
  slowestMs: number
  absurd: number
  readonly mistakes: string[]
  readonly examples: string[]
}

/** One client sends its frames, and every request that was read must have an answer under its id. */
async function hostileClient(
  { host, port }: Simulator,
  {
    round,
    random,
    targets,
  }: { readonly round: number; readonly random: () => number; readonly targets: FuzzTargets },
  tally: Tally,
): Promise<void> {
  const answered = new Set<string>()
  const client = await openWireClient({ host, port, clientId: 1 + (round % 500) }, (fields) => {
    // An answer names its id in the second or third field; orders of others are not answers.
    for (const field of fields.slice(1, 3)) answered.add(field)
    if (isAbsurd(fields)) tally.absurd++
  })
  const sent: FuzzedMessage[] = []
  const ownIds: number[] = []
  let id = 1_000_000 + round * FRAMES_A_CLIENT * 2
  for (let frame = 0; frame < FRAMES_A_CLIENT && client.isOpen(); frame++) {
    id += 1 + Math.floor(random() * 2)
    const message = fuzzedMessage(random, targets, { id, ownIds })
    const isDamaged = random() < DAMAGED_FRACTION
    client.write(bytesOf(message.fields, isDamaged ? random : null))
    if (isDamaged) break
    sent.push(message)
    if (message.isOrder && message.fields[0] === '3') ownIds.push(message.id as number)
    if (random() < 0.05) await delay(0)
  }
  await whenAnswered()
  tally.frames += sent.length
  tally.orders += sent.filter(({ isOrder }) => isOrder).length
  if (!client.isOpen()) tally.ended++
  else {
    const open = sent.filter((one) => one.id !== null && !answered.has(String(one.id)))
    // A cancel that is done is told by the state of its order; one of an order of another client by an error.
    tally.unanswered += open.length
    for (const { fields } of open.slice(0, 3))
      if (tally.examples.length < 10) tally.examples.push(fields.join('|').slice(0, 200))
  }
  client.kill()

  async function whenAnswered(): Promise<void> {
    const until = performance.now() + PATIENCE_MS
    const isDone = () => sent.every((one) => one.id === null || answered.has(String(one.id)))
    while (client.isOpen() && !isDone() && performance.now() < until) await delay(5)
  }
}

/** A client that sends far more than the gateway reads in a second is disconnected. */
async function flood({ host, port }: Simulator, tally: Tally): Promise<void> {
  const client = await openWireClient({ host, port, clientId: 600 }, () => {})
  const time = Buffer.from(encode([49, 1]), 'latin1')
  client.write(Buffer.concat(Array.from({ length: FLOOD_FRAMES }, () => time)))
  const until = performance.now() + PATIENCE_MS
  while (client.isOpen() && performance.now() < until) await delay(5)
  if (client.isOpen())
    tally.mistakes.push(`a client that sent ${FLOOD_FRAMES} messages at once is still there`)
  client.kill()
  // All clients share one rate, so the others are refused for the rest of the second.
  await delay(1_100)
}

/** A client that dies in the middle of an order, after a whole one. */
async function dieInOrder(
  { host, port }: Simulator,
  {
    round,
    random,
    targets,
  }: { readonly round: number; readonly random: () => number; readonly targets: FuzzTargets },
): Promise<void> {
  const client = await openWireClient({ host, port, clientId: 601 }, () => {})
  const id = 1_500_000_000 + round * 4
  for (const at of [0, 1]) {
    const bytes = bytesOf(fuzzedMessage(random, targets, { id: id + at, ownIds: [] }).fields, null)
    client.write(at === 0 ? bytes : bytes.subarray(0, Math.ceil(bytes.length / 2)))
  }
  await delay(0)
  client.kill()
}

/**
 * Hostile clients on the simulated gateway: orders and requests with negative, huge, fractional and unreadable fields,
 * used and unknown ids, cancels of others' orders, wrong lengths, floods, and clients that die in the middle of an order.
 */
export const gatewayFuzz: Campaign = {
  name: 'gateway-fuzz',
  summary: 'fuzzed TWS requests and orders on the simulated gateway, floods, clients that die in the middle',
  takes: '5 min',
  run: async (options) => {
    const rounds = roundsOf(options, 1_600, 12)
    const random = randomOf(options.seed)
    const clock = clockFrom(NOON)
    const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(LIMITS), { clock, seed: 1 })
    const targets = { stockId: SPY.conId, optionIds: OPTIONS.slice(0, 8).map(({ conId }) => conId) }
    const tally: Tally = {
      ...{ frames: 0, orders: 0, ended: 0, unanswered: 0, slowestMs: 0, absurd: 0 },
      ...{ mistakes: [], examples: [] },
    }
    const check = await openAccountCheck(simulator, LIMITS.startingCash)
    let survived = true
    try {
      await eachRound('gateway-fuzz', rounds, async (round) => {
        await hostileClient(simulator, { round, random, targets }, tally)
        if (round % DYING_EVERY === 0) await dieInOrder(simulator, { round, random, targets })
        if (round % FLOOD_EVERY === 0) await flood(simulator, tally)
        tally.slowestMs = Math.max(tally.slowestMs, await check.ping())
        if (round % CHECK_EVERY === 0 || round === rounds - 1)
          tally.mistakes.push(...(await check.mistakes()))
      })
    } catch (error) {
      survived = false
      tally.mistakes.push((error as Error).message)
    }
    await delay(50)
    const stats = simulator.stats()
    const { lines, clients, malformed, droppedForRate } = stats
    for (const one of [...tally.mistakes.slice(0, 10), ...tally.examples]) console.log(one)
    console.log(
      `${tally.frames} frames, ${tally.orders} of orders; ${check.executions()} executions; ${tally.ended} connections ended: ` +
        `${malformed} for malformed bytes, ${droppedForRate} for floods; errors ${JSON.stringify(stats.errors)}`,
    )
    check.close()
    await simulator.close()
    return [
      { name: 'frames sent', value: tally.frames, unit: 'frames', atLeast: rounds * 100 },
      {
        name: 'orders and cancels among them',
        value: tally.orders,
        unit: 'messages',
        atLeast: rounds * 63,
      },
      { name: 'executions', value: check.executions(), unit: 'executions', atLeast: rounds },
      { name: 'the gateway and its other client live', value: survived ? 1 : 0, unit: '', atLeast: 1 },
      { name: 'requests without an answer', value: tally.unanswered, unit: 'requests', atMost: 0 },
      {
        name: 'positions or cash that do not add up',
        value: tally.mistakes.length,
        unit: 'cases',
        atMost: 0,
      },
      { name: 'NaN or Infinity sent', value: tally.absurd + check.absurd(), unit: 'messages', atMost: 0 },
      { name: 'lines that nobody holds', value: lines, unit: 'lines', atMost: 0 },
      { name: 'clients that are gone', value: clients - 1, unit: 'clients', atMost: 0 },
      {
        name: 'floods that were ended',
        value: droppedForRate,
        unit: 'connections',
        atLeast: Math.ceil(rounds / FLOOD_EVERY),
      },
      { name: 'slowest answer to another client', value: tally.slowestMs, unit: 'ms', atMost: 2_000 },
    ]
  },
}
