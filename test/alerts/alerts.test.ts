import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startAlerts } from '../../src/alerts/alerts.ts'
import { DELIVERED, failed, type Outcome } from '../../src/alerts/delivery.ts'
import { type AlertMessage, titleOf } from '../../src/alerts/message.ts'
import { levelsOf, type Receiver } from '../../src/alerts/receivers.ts'
import { epochMs } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { alertsCheck } from '../../src/serve/health/alerts-check.ts'
import type { CheckName, CheckStatus } from '../../src/serve/health/check.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { AT, checks, settings } from './alert-messages.ts'

interface Told {
  readonly receiver: string
  readonly minutes: number
  readonly title: string
  readonly message: AlertMessage
}

/** Alerts on a clock that is moved by hand, with receivers whose answers are given. */
async function watched(
  own: Record<string, unknown> = {},
  {
    names = ['phone'],
    memoryPath = join(temporaryFolder(), 'alerts.json'),
    clock = manualClock(AT),
  }: { names?: readonly string[]; memoryPath?: string; clock?: ManualClock } = {},
) {
  const told: Told[] = []
  const stopping = new AbortController()
  let bad: Partial<Record<CheckName, CheckStatus>> = {}
  let answer: (receiver: string) => Outcome | Promise<Outcome> = () => DELIVERED
  const options = settings({ receivers: names.map((name) => ({ name, command: { run: ['true'] } })), ...own })
  const receivers = options.receivers.map(
    (receiver): Receiver => ({
      ...{ name: receiver.name, kind: 'command', target: 'true', levels: levelsOf(options, receiver) },
      deliver: async (message, { signal }) => {
        const minutes = (clock.now() - AT) / 60_000
        told.push({ receiver: receiver.name, minutes, title: titleOf(message), message })
        const stopped = new Promise<Outcome>((resolve) =>
          signal.addEventListener('abort', () => resolve(DOWN), { once: true }),
        )
        return Promise.race([answer(receiver.name), stopped])
      },
    }),
  )
  const alerts = await startAlerts({
    ...{ options, receivers, source: 'ib', clock, memoryPath, signal: stopping.signal },
    checks: () => [
      ...checks(bad).filter(({ name }) => name !== 'alerts'),
      alertsCheck({ alerts: alerts?.health() ?? null }),
    ],
    machineNow: () => epochMs(AT),
    log: openLog('silent'),
  })
  const stop = async () => {
    stopping.abort(new Error('stopped'))
    await alerts.done
  }
  onTestFinished(stop)
  return {
    ...{ alerts, told, clock, memoryPath, stop },
    minutes: async (count: number) => {
      for (let step = 0; step < count * 12; step++) {
        await clock.advance(5_000)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    become: (next: typeof bad) => {
      bad = next
    },
    answerWith: (next: typeof answer) => {
      answer = next
    },
    titles: () => told.map(({ receiver, title }) => `${receiver}: ${title}`),
  }
}

const DOWN = failed('the answer is 500', { isTransient: true })

test('a failure and its end are told, with everything else that is wrong', async () => {
  const one = await watched()
  await one.minutes(1)
  one.become({ gateway: 'fail', surface: 'warn' })
  await one.minutes(5)
  one.become({ surface: 'warn' })
  await one.minutes(5)
  expect(one.titles()).toEqual(['phone: FAIL: gateway', 'phone: OK again: gateway'])
  expect(one.told[0]?.message).toMatchObject({ status: 'fail', open: [{ name: 'surface' }], heldBack: null })
  expect(one.alerts.status()).toMatchObject([
    { name: 'phone', sent: 2, failed_attempts: 0, told: [], problem: null },
  ])
})

test('beyond the limit changes are held back, and told in one summary when there is room', async () => {
  const one = await watched({
    maxMessagesPerHour: 4,
    confirmSeconds: 0,
    recoverSeconds: 0,
    minimumSeverity: 'warn',
  })
  for (let round = 0; round < 20; round++) {
    one.become({ slot: round % 2 === 0 ? 'warn' : 'ok', bars: 'warn' })
    await one.minutes(1)
  }
  expect(one.told).toHaveLength(3)
  one.become({ slot: 'fail', bars: 'warn' })
  await one.minutes(1)
  expect(one.told).toHaveLength(4)
  // The quarter that is kept for failures.
  expect(one.told[3]).toMatchObject({
    title: 'FAIL: slot',
    message: { heldBack: { count: 18, because: 'limit' } },
  })
  one.become({ slot: 'ok', bars: 'warn' })
  await one.minutes(60)
  expect(one.told).toHaveLength(5)
  expect(one.told[4]).toMatchObject({ title: 'OK again: slot', message: { heldBack: { count: 1 } } })
  expect(one.told[4]?.minutes).toBeCloseTo(61.1, 1)
  expect(one.alerts.status()).toMatchObject([{ sent: 5, held_back: 19, pending: 0 }])
})

test('a receiver that is away is tried with pauses, is told in /health, and then gets all that it missed', async () => {
  const one = await watched({}, { names: ['phone', 'mail'] })
  one.answerWith((name) => (name === 'phone' ? DOWN : DELIVERED))
  one.become({ gateway: 'fail' })
  await one.minutes(30)
  const tries = one.told.filter(({ receiver }) => receiver === 'phone')
  // 30 s to confirm; then after 5, 30 and 120 s, and every ten minutes.
  expect(tries.map(({ minutes }) => Math.round(minutes * 60))).toEqual([30, 35, 65, 185, 785, 1385])
  expect(new Set(tries.slice(0, 4).map(({ message }) => message.id)).size).toBe(1)
  expect(one.alerts.health()?.problems).toMatchObject([{ message: 'phone: the answer is 500' }])
  // The other one is told, and the one that is away is not told of itself.
  expect(one.titles().filter((title) => title.startsWith('mail'))).toEqual([
    'mail: FAIL: gateway',
    'mail: WARNING: alerts',
  ])
  one.become({})
  await one.minutes(3)
  one.answerWith(() => DELIVERED)
  await one.minutes(10)
  const [last] = one.told.filter(({ receiver }) => receiver === 'phone').slice(-1)
  expect(last).toMatchObject({
    title: 'OK again: gateway',
    message: {
      changes: [{ from: 'ok', to: 'ok', worst: 'fail', count: 2 }],
      heldBack: { count: 2, because: 'receiver' },
    },
  })
  expect(one.alerts.health()?.problems).toEqual([])
  expect(one.titles().at(-1)).toBe('mail: OK again: alerts')
})

test('an answer that a second attempt would not change is not tried again at once', async () => {
  const one = await watched()
  one.answerWith(() => failed('the answer is 404', { isTransient: false }))
  one.become({ gateway: 'fail' })
  await one.minutes(9)
  expect(one.told).toHaveLength(1)
  expect(one.alerts.health()?.problems).toMatchObject([{ message: 'phone: the answer is 404' }])
})

test('a receiver that takes messages and answers too late gets no more of them than the limit', async () => {
  const one = await watched({ maxMessagesPerHour: 4 })
  one.answerWith(() => failed('no answer within 10 s', { isTransient: true, mayHaveArrived: true }))
  one.become({ gateway: 'fail' })
  await one.minutes(55)
  expect(one.told).toHaveLength(4)
  one.answerWith(() => DELIVERED)
  await one.minutes(10)
  expect(one.told).toHaveLength(5)
  expect(one.told[4]).toMatchObject({ title: 'FAIL: gateway', message: { heldBack: { count: 1 } } })
})

test('a receiver that takes its time holds up nothing, and has one message under way', async () => {
  const one = await watched({ confirmSeconds: 0, recoverSeconds: 0 }, { names: ['slow', 'fast'] })
  let release = (_: Outcome) => {}
  one.answerWith((name) =>
    name === 'fast'
      ? DELIVERED
      : new Promise((resolve) => {
          release = resolve
        }),
  )
  for (let round = 0; round < 6; round++) {
    one.become(round % 2 === 0 ? { gateway: 'fail' } : {})
    await one.minutes(1)
  }
  expect(one.titles().filter((title) => title.startsWith('slow'))).toHaveLength(1)
  expect(one.titles().filter((title) => title.startsWith('fast'))).toHaveLength(6)
  expect(one.alerts.status()[0]).toMatchObject({ name: 'slow', pending: 1 })
  release(DELIVERED)
  await one.minutes(1)
  expect(one.told.at(-1)).toMatchObject({ receiver: 'slow', title: 'OK again: gateway' })
  release(DELIVERED)
})

test('after a restart nothing is told twice, nothing is forgotten, and the limit still holds', async () => {
  const first = await watched()
  first.become({ gateway: 'fail' })
  await first.minutes(2)
  first.answerWith(() => DOWN)
  first.become({ gateway: 'fail', lake: 'fail' })
  await first.minutes(1)
  await first.stop()
  const { memoryPath, clock } = first
  const second = await watched({}, { memoryPath, clock })
  second.become({ gateway: 'fail' })
  await second.minutes(4)
  expect(second.titles()).toEqual(['phone: FAIL: lake', 'phone: OK again: lake'])
  expect(second.told[0]?.message.heldBack).toMatchObject({ count: 1, because: 'receiver' })
  second.become({})
  await second.minutes(4)
  expect(second.titles().at(-1)).toBe('phone: OK again: gateway')
  await second.stop()
  expect(JSON.parse(readFileSync(memoryPath, 'utf8')).receivers.phone.sentAt).toHaveLength(4)
})

test.each([
  ['not JSON'],
  ['{"version":2}'],
  ['{"version":1,"receivers":{"phone":{"told":[{"check":"x"}]}}}'],
])('a memory that cannot be understood, %s, is begun anew', async (text) => {
  const memoryPath = join(temporaryFolder(), 'alerts.json')
  writeFileSync(memoryPath, text)
  const one = await watched({}, { memoryPath })
  one.become({ gateway: 'fail' })
  await one.minutes(1)
  expect(one.titles()).toEqual(['phone: FAIL: gateway'])
})

test('a disk that cannot be written stops no alert', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const one = await watched({}, { memoryPath: join(folder, 'file', 'alerts.json') })
  one.become({ lake: 'fail' })
  await one.minutes(1)
  expect(one.titles()).toEqual(['phone: FAIL: lake'])
})

test('without receivers nothing is watched and nothing is written', async () => {
  const one = await watched({}, { names: [] })
  expect(one.alerts.health()).toBeNull()
  expect(one.clock.sleepers()).toBe(0)
  expect(existsSync(one.memoryPath)).toBe(false)
})
