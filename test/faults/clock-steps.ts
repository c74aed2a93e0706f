import { formatTable } from '../../src/commands/terminal/table.ts'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import type { DueSlot } from '../../src/market/slot.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { type ClockVerdict, createDisciplinedClock } from '../../src/schedule/clock-discipline.ts'
import type { startCron } from '../../src/schedule/cron.ts'

import { startScheduler } from '../../src/schedule/scheduler.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

import type { Campaign } from './campaign.ts'

const HOUR_MS = 3_600_000
const STEPS_MS = [HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS]
/**
 * The gateway's answer to a time request. right: the true time, so the step was an error. moved: the stepped time, so the
 * step was a correction. absent: an error. silent: no answer.
 */
const GATEWAYS = ['right', 'moved', 'absent', 'silent'] as const
const DATE = sessionDate('2026-11-18')
const CYCLE_MS = 200_000

export interface ClockStepCase {
  readonly stepMs: number
  readonly gateway: (typeof GATEWAYS)[number]
  /** New York time of day at which the run starts. */
  readonly at: string
}

export interface ClockStepResult extends ClockStepCase {
  /** From the step to the decision, s; null when there was none. */
  readonly decidedAfterSeconds: number | null
  readonly ranTwice: number
  /** Slots of the true time that were not collected; counted for `right` only. */
  readonly lost: number
  readonly stepsLogged: number
}

/** Two hours of a session. The clock is stepped once, and stepped back an hour later. */
export async function stepOnce(one: ClockStepCase): Promise<ClockStepResult> {
  const clock = manualClock(newYorkInstant(DATE, one.at))
  const stopping = new AbortController()
  const ran: DueSlot[] = []
  const steps: number[] = []
  const verdicts: ClockVerdict[] = []
  let movedMs = 0
  const disciplined = createDisciplinedClock({
    clock,
    signal: stopping.signal,
    answerWithinMs: 20_000,
    askTime: () => {
      if (one.gateway === 'absent') return Promise.reject(new Error('no gateway'))
      if (one.gateway === 'silent') return new Promise(() => {})
      return Promise.resolve(epochMs(Math.floor((clock.trueNow() + movedMs) / 1_000) * 1_000))
    },
    onStep: (stepMs) => steps.push(stepMs),
    onVerdict: (verdict) => verdicts.push(verdict),
  })
  const scheduler = startScheduler({
    clock: disciplined,
    signal: stopping.signal,
    timetable: () => ({ grid: { intervalSeconds: 300, afterClose: false }, symbols: ['SPY'], sessionOn }),
    lastHandled: new Map(),
    run: async (slot) => {
      ran.push(slot)
      await clock.sleep(CYCLE_MS)
    },
    recordMissed: () => Promise.resolve(),
    onEvent: () => {},
    cron: steppableCron(clock),
  })
  await clock.advance(22 * 60_000)
  clock.setBy(one.stepMs)
  if (one.gateway === 'moved') movedMs = one.stepMs
  const decidedAfterSeconds = await secondsToVerdict(clock, verdicts)
  await clock.advance(HOUR_MS)
  clock.setBy(-one.stepMs)
  movedMs = 0
  await clock.advance(HOUR_MS)
  stopping.abort(new Error('end of the run'))
  await clock.advance(CYCLE_MS)
  await scheduler.done
  const times = ran.map(({ at }) => at)
  return {
    ...one,
    decidedAfterSeconds,
    ranTwice: times.length - new Set(times).size,
    lost: one.gateway === 'right' ? missing(times, clock) : 0,
    stepsLogged: steps.length,
  }
}

/** Fires at the marks of the wall clock. After a step back it sleeps until the old mark, as node-cron does. */
function steppableCron(clock: ManualClock): typeof startCron {
  return (seconds, look) => {
    const stopping = new AbortController()
    const next = (now: EpochMs) => (Math.floor(now / (seconds * 1_000)) + 1) * seconds * 1_000
    const loop = async () => {
      for (let mark = next(clock.now()); !stopping.signal.aborted; mark += seconds * 1_000) {
        while (clock.now() < mark) await clock.sleep(mark - clock.now(), stopping.signal)
        look()
      }
    }
    loop().catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error
    })
    return { stop: () => stopping.abort(new Error('cron stopped')) }
  }
}

async function secondsToVerdict(
  clock: ManualClock,
  verdicts: readonly ClockVerdict[],
): Promise<number | null> {
  for (let seconds = 1; seconds <= 120; seconds++) {
    await clock.advance(1_000)
    if (verdicts.length > 0) return seconds
  }
  return null
}

/** Slots between the first collected one and the end of the run that were not collected. */
function missing(ran: readonly EpochMs[], clock: ManualClock): number {
  const done = new Set(ran)
  let lost = 0
  for (let at = Math.min(...ran); at <= clock.trueNow() - CYCLE_MS; at += 300_000)
    if (!done.has(epochMs(at))) lost++
  return lost
}

/** Figure 9: the clock steps by ±1 h and ±1 day, and back, while slots are collected. */
export const clockSteps: Campaign = {
  name: 'clock-steps',
  summary: 'clock steps of ±1 h and ±1 day (figure 9)',
  takes: '5 s',
  run: async ({ quick }) => {
    const times = quick ? ['10:07'] : ['09:35', '09:38', '10:07:10', '11:59', '13:02:30']
    const cases = times.flatMap((at) =>
      STEPS_MS.flatMap((stepMs) => GATEWAYS.map((gateway) => ({ stepMs, gateway, at }))),
    )
    const results: ClockStepResult[] = []
    for (const one of cases) results.push(await stepOnce(one))
    print(results)
    const slowest = Math.max(...results.map((one) => one.decidedAfterSeconds ?? Number.POSITIVE_INFINITY))
    const unlogged = sum(results, ({ stepsLogged }) => 2 - stepsLogged)
    return [
      { name: 'slowest decision after a step', value: slowest, unit: 's', atMost: 60 },
      { name: 'slots run twice', value: sum(results, ({ ranTwice }) => ranTwice), unit: 'slots', atMost: 0 },
      {
        name: 'slots lost though the gateway kept time',
        value: sum(results, ({ lost }) => lost),
        unit: 'slots',
        atMost: 0,
      },
      { name: 'steps that were not logged', value: unlogged, unit: 'steps', atMost: 0 },
    ]
  },
}

function print(results: readonly ClockStepResult[]): void {
  console.log(
    formatTable(results, [
      { title: 'started at', value: ({ at }) => at },
      { title: 'step', align: 'right', value: ({ stepMs }) => `${stepMs / HOUR_MS} h` },
      { title: 'gateway', value: ({ gateway }) => gateway },
      {
        title: 'decided after',
        align: 'right',
        value: ({ decidedAfterSeconds: seconds }) => (seconds === null ? 'never' : `${seconds} s`),
      },
      { title: 'run twice', align: 'right', value: ({ ranTwice }) => String(ranTwice) },
      { title: 'lost', align: 'right', value: ({ lost }) => String(lost) },
      { title: 'steps logged', align: 'right', value: ({ stepsLogged }) => String(stepsLogged) },
    ]),
  )
}

function sum(results: readonly ClockStepResult[], value: (one: ClockStepResult) => number): number {
  return results.reduce((total, one) => total + value(one), 0)
}
