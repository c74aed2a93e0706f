import { setMaxListeners } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import type { Goal } from '../../../scripts/bench/report.ts'
import { type Alerts, startAlerts } from '../../../src/alerts/alerts.ts'
import { alertsOptions } from '../../../src/alerts/options.ts'
import { createReceivers, type Receiver } from '../../../src/alerts/receivers.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { clockFrom, systemClock } from '../../../src/market/clock.ts'
import { alertsCheck } from '../../../src/serve/health/alerts-check.ts'
import {
  CHECK_NAMES,
  type CheckName,
  type CheckStatus,
  type HealthCheck,
} from '../../../src/serve/health/check.ts'
import { AT, checks } from '../../alerts/alert-messages.ts'
import { openWebhookServer } from '../../alerts/webhook-server.ts'
import { type Campaign, eachRound, randomOf } from '../campaign.ts'
import { type BadReceiver, ENVIRONMENT, makeBadPrograms, openBadWebhooks, SECRETS } from './bad-receivers.ts'

const MAX_PER_HOUR = 12
const HOUR_MS = 3_600_000
/** The queue counts from its look, and the call comes a few milliseconds later: that much of the fast clock. */
const CALL_MS = 60_000
/** How much faster the clock of the alerts runs. */
const SPEED = { full: 240, quick: 1_200 }
/** More than the limit of an hour and the longest pause after it, s. */
const HEALING_SECONDS = 4_800
const STEP_MS = 250
const FLAPPING: readonly CheckName[] = ['gateway', 'slot', 'lake', 'clock']
const STATUSES: readonly CheckStatus[] = ['ok', 'warn', 'fail']

/** Receivers that are slow, broken, gone or hostile, while health changes all the time; then they are healed. */
export const alertsCampaign: Campaign = {
  name: 'alerts',
  summary: 'receivers of alerts that hang, fail, redirect and answer without end, while health flaps',
  takes: '2 min',
  run: async ({ quick, seed, rounds }) => {
    const steps = rounds ?? (quick ? 8 : 300)
    const folder = mkdtempSync(join(tmpdir(), 'optionlake-alerts-'))
    const elsewhere = await openWebhookServer()
    const all = [...(await openBadWebhooks(elsewhere.url)), ...makeBadPrograms(folder)]
    const speed = quick ? SPEED.quick : SPEED.full
    const run = await start(all, folder, speed)
    const before = process.memoryUsage().rss
    const random = randomOf(seed)
    const lag = monitorEventLoopDelay({ resolution: 10 })
    lag.enable()
    await eachRound('health changes', steps, async () => {
      run.become(
        Object.fromEntries(FLAPPING.map((name) => [name, STATUSES[Math.floor(random() * STATUSES.length)]])),
      )
      await delay(STEP_MS)
    })
    lag.disable()
    const grownMb = (process.memoryUsage().rss - before) / 1e6
    const failing = run.alerts.health()?.problems.length ?? 0
    const shownWhileFailing = run.shown()
    const truth: Partial<Record<CheckName, CheckStatus>> = {
      gateway: 'fail',
      slot: 'ok',
      lake: 'ok',
      clock: 'ok',
    }
    run.become(truth)
    for (const one of all) one.heal()
    await delay((HEALING_SECONDS * 1_000) / speed)
    await run.stop()
    const texts = [...shownWhileFailing, ...run.shown(), readFileSync(run.memoryPath, 'utf8')]
    const left = await Promise.all(all.map((one) => one.close()))
    const stopSeconds = await secondsToStop(folder)
    const redirected = elsewhere.received.length
    await elsewhere.close()
    const rows = all.map((one) => ({ name: one.name, ...judged(one, truth) }))
    rmSync(folder, { recursive: true, force: true })
    printRows(rows)
    return [
      atMost(
        'receivers that do not know what is so',
        rows.filter(({ isRight }) => !isRight).length,
        0,
        'receivers',
      ),
      atMost(
        'messages that one receiver may have got within an hour',
        run.mostPerHour(),
        MAX_PER_HOUR,
        'messages',
      ),
      atMost('attempts at one receiver at once', run.mostAtOnce(), 1, 'attempts'),
      atMost('messages sent again after they were acknowledged', run.deliveredTwice(), 0, 'messages'),
      atMost('requests at the target of redirects', redirected, 0, 'requests'),
      atMost('secrets in log, health, status and memory', secretsIn(texts), 0, 'secrets'),
      atMost('processes left behind', left.filter((isClean) => !isClean).length, 0, 'processes'),
      atMost('growth of resident memory', grownMb, 64, 'MB'),
      // The clock of a small run is too fast for it.
      ...(quick ? [] : [atMost('delay of the event loop, p99', lag.percentile(99) / 1e6, 50, 'ms')]),
      atMost('time to stop while every receiver hangs', stopSeconds, 5, 's'),
      {
        name: 'bad receivers named by /health',
        value: failing,
        unit: 'receivers',
        // All but the two that acknowledge; those that take their time are not given up at once.
        atLeast: quick ? 1 : all.length - 2,
      },
    ]
  },
}

function atMost(name: string, value: number, most: number, unit: string): Goal {
  return { name, value, unit, atMost: most }
}

/** The alerts of all receivers on a fast clock, with everything that they show. */
async function start(all: readonly BadReceiver[], folder: string, speed: number) {
  const options = alertsOptions.parse({
    receivers: all.map(({ settings }) => settings),
    ...{ maxMessagesPerHour: MAX_PER_HOUR, timeoutSeconds: 1, recoverSeconds: 60, confirmSeconds: 10 },
  })
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const memoryPath = join(folder, 'alerts.json')
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void logged.push(line) })
  let bad: Partial<Record<CheckName, CheckStatus>> = {}
  let started: Alerts | null = null
  let most = 0
  let underWay = 0
  let perHour = 0
  const delivered: string[] = []
  const clock = clockFrom(AT, speed)
  const counted = (receiver: Receiver): Receiver => {
    let open = 0
    const times: number[] = []
    return {
      ...receiver,
      deliver: async (...given) => {
        open++
        underWay++
        most = Math.max(most, open)
        const at = clock.now()
        const outcome = await receiver.deliver(...given)
        if (outcome.kind === 'delivered') delivered.push(`${receiver.name} ${given[0].id}`)
        if (outcome.kind === 'delivered' || outcome.mayHaveArrived) times.push(at)
        perHour = Math.max(perHour, times.filter((one) => at - one < HOUR_MS - CALL_MS).length)
        open--
        underWay--
        return outcome
      },
    }
  }
  const now = (): HealthCheck[] => [
    ...checks(bad).filter(({ name }) => name !== 'alerts'),
    alertsCheck({ alerts: started?.health() ?? null }),
  ]
  const alerts = await startAlerts({
    ...{ options, memoryPath, log, clock, checks: now, source: 'ib', signal: stopping.signal },
    receivers: createReceivers(options, ENVIRONMENT).map((receiver) => counted(receiver)),
    machineNow: () => systemClock.now(),
  })
  started = alerts
  return {
    ...{ alerts, memoryPath },
    mostAtOnce: () => most,
    mostPerHour: () => perHour,
    deliveredTwice: () => delivered.length - new Set(delivered).size,
    underWay: () => underWay,
    become: (next: typeof bad) => {
      bad = next
    },
    shown: () => [...logged, JSON.stringify(alerts.status()), JSON.stringify(now())],
    stop: async () => {
      stopping.abort(new Error('stopped'))
      await alerts.done
    },
  }
}

/** How long the daemon would wait at its end for a webhook and a program that both hang, and that no signal but one ends. */
async function secondsToStop(folder: string): Promise<number> {
  const own = join(folder, 'stop')
  mkdirSync(own)
  const webhooks = await openBadWebhooks('')
  const hanging = [...webhooks, ...makeBadPrograms(own)].filter(({ name }) =>
    ['never-answers', 'program-hangs'].includes(name),
  )
  // Real time: neither reaches its time-out.
  const run = await start(hanging, own, 20)
  run.become({ gateway: 'fail' })
  while (run.underWay() < hanging.length) await delay(10)
  const stoppedMs = performance.now()
  await run.stop()
  const seconds = (performance.now() - stoppedMs) / 1_000
  await Promise.all(webhooks.map((one) => one.close()))
  return seconds
}

/** What a receiver made of its messages. */
function judged(one: BadReceiver, truth: Partial<Record<CheckName, CheckStatus>>) {
  const arrivals = one.arrivals()
  const acknowledged = arrivals.filter(({ isAcknowledged }) => isAcknowledged)
  const known = new Map<string, string>()
  for (const { changes } of acknowledged) for (const { check, status } of changes) known.set(check, status)
  const isRight = CHECK_NAMES.every((name) => (known.get(name) ?? 'ok') === (truth[name] ?? 'ok'))
  return {
    isRight,
    attempts: arrivals.length,
    acknowledged: acknowledged.length,
  }
}

function secretsIn(texts: readonly string[]): number {
  return SECRETS.filter((secret) => texts.some((text) => text.includes(secret))).length
}

function printRows(rows: readonly ({ readonly name: string } & ReturnType<typeof judged>)[]): void {
  console.log(
    formatTable(rows, [
      { title: 'receiver', value: ({ name }) => name },
      { title: 'attempts', align: 'right', value: ({ attempts }) => String(attempts) },
      { title: 'acknowledged', align: 'right', value: ({ acknowledged }) => String(acknowledged) },
      { title: 'knows what is so', value: ({ isRight }) => (isRight ? 'yes' : 'NO') },
    ]),
  )
}
