import { test as base } from 'vitest'
import { describeState, NotReady } from '../../../src/gateway/supervisor/state.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { OPTION, openRig, type Rig, type RigSettings, STOCK } from './supervised.ts'

/** Each test has its own clock, gateway and supervisor, and mostly waits: they run at the same time. */
const test = base.extend<{ rig: (settings?: RigSettings) => Promise<Rig> }>({
  // biome-ignore lint/correctness/noEmptyPattern: the form that the test runner asks for
  rig: async ({}, use) => {
    const lifetime = openLifetime()
    await use((settings) => openRig(lifetime, settings))
    await lifetime.close()
  },
})
const never = new AbortController().signal

test.concurrent('a supervisor opens a session, measures its heartbeat and knows the offset between the clocks', async ({
  rig,
  expect,
}) => {
  const { supervisor, clock, states } = await rig()
  expect(supervisor.state().name).toBe('connecting')
  const session = await supervisor.whenReady(never, 10_000)
  await clock.sleep(25_000)
  expect(session.isOpen).toBe(true)
  expect(supervisor.session()).toBe(session)
  const counters = supervisor.counters()
  expect(counters).toMatchObject({ attempts: 1, sessions: 1, heartbeatsMissed: 0 })
  expect(counters.heartbeats).toBeGreaterThanOrEqual(3)
  expect(Math.abs(counters.clockOffsetMs ?? 1e9)).toBeLessThan(3_000)
  await supervisor.close()
  expect(states).toEqual(['ready', 'closed'])
  await expect(supervisor.whenReady(never, 1_000)).rejects.toThrow('stopped')
})

test.concurrent('a clock that is 40 s behind that of the gateway is reported, and one that is right is not', async ({
  rig,
  expect,
}) => {
  const reported = async (clockOffsetSeconds: number) => {
    const { supervisor, clock } = await rig({ rules: { clockOffsetSeconds } })
    const levels: string[] = []
    supervisor.onClockOffset((_offset, level) => void levels.push(level))
    expect(supervisor.clockOffset()).toBeNull()
    await supervisor.whenReady(never, 10_000)
    await clock.sleep(12_000)
    const offset = supervisor.clockOffset()
    expect(Math.abs((offset?.offsetMs ?? 1e9) - clockOffsetSeconds * 1_000)).toBeLessThan(1_500)
    expect(clock.now() - (offset?.at ?? 0)).toBeLessThan(12_000)
    return levels
  }
  expect(await reported(40)).toEqual(['fail'])
  expect(await reported(-3)).toEqual(['warn'])
  expect(await reported(0)).toEqual([])
})

test.concurrent('a half-open connection is noticed within 15 s, and the next session is ready within 60', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, secondsUntil } = await rig()
  await secondsUntil('ready')
  simulator.inject({ kind: 'half_open' })
  expect(await secondsUntil('down heartbeat_missed')).toBeLessThan(15.5)
  expect(await secondsUntil('ready')).toBeLessThan(60)
  expect(supervisor.counters().sessions).toBe(2)
})

test.concurrent('a frozen gateway is noticed within 30 s, and used again once it answers', async ({
  rig,
  expect,
}) => {
  const { simulator, secondsUntil, clock } = await rig()
  await secondsUntil('ready')
  const thaw = simulator.inject({ kind: 'freeze' })
  expect(await secondsUntil('down heartbeat_missed')).toBeLessThan(30)
  expect(await secondsUntil('down unanswered')).toBeLessThan(30)
  await clock.sleep(40_000)
  thaw()
  expect(await secondsUntil('ready')).toBeLessThan(60)
})

test.concurrent('a farm that breaks for a short time is a warning: the session stays, and may be asked', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, states, secondsUntil } = await rig()
  const session = await supervisor.whenReady(never, 10_000)
  simulator.inject({ kind: 'farm_broken', seconds: 20 })
  await secondsUntil('degraded')
  const { state } = supervisor
  expect(describeState(state())).toBe('data farms are broken: market optionlake-simulator')
  expect(await supervisor.whenReady(never, 2_000)).toBe(session)
  expect(session.dataFlow.blocked()).toMatchObject({ reason: 'farm_broken' })
  await secondsUntil('ready')
  expect(session.dataFlow.blocked()).toBeNull()
  expect(states).toEqual(['ready', 'degraded', 'ready'])
})

test.concurrent('a market farm that stays broken is an outage, unless the canary has data; a history farm is not', async ({
  rig,
  expect,
}) => {
  const silent = await rig()
  await silent.secondsUntil('ready')
  silent.simulator.inject({ kind: 'farm_broken' })
  expect(await silent.secondsUntil('down farm_broken')).toBeGreaterThan(58)
  // What is asked for shows when it is over.
  expect((await silent.supervisor.whenReady(never, 1_000)).isOpen).toBe(true)

  const flowing = await rig({ rules: { updateIntervalMs: 1_000 } })
  flowing.supervisor.watch(OPTION)
  await flowing.secondsUntil('ready')
  flowing.simulator.inject({ kind: 'farm_broken', farm: 'history' })
  expect(await flowing.secondsUntil('degraded flowing')).toBeLessThan(5)
  await flowing.supervisor.whenReady(never, 1_000)
})

test.concurrent('after 1102 streams continue, after 1101 they are requested again on the same session', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, resubscribed, states, secondsUntil } = await rig()
  const session = await supervisor.whenReady(never, 10_000)
  simulator.inject({ kind: 'server_lost', seconds: 10, streams: 'kept' })
  await secondsUntil('down server_lost')
  await secondsUntil('ready')
  expect(resubscribed()).toBe(1)
  simulator.inject({ kind: 'server_lost', seconds: 10, streams: 'lost' })
  await secondsUntil('down server_lost')
  await secondsUntil('ready')
  expect(resubscribed()).toBe(2)
  expect(supervisor.session()).toBe(session)
  expect(states).toEqual(['ready', 'down server_lost', 'ready', 'down server_lost', 'ready'])
})

test.concurrent('without a notice that its server is back, the gateway is reconnected', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, clock, secondsUntil } = await rig()
  const session = await supervisor.whenReady(never, 10_000)
  const restore = simulator.inject({ kind: 'server_lost', code: 2110, streams: 'unsaid' })
  await clock.sleep(30_000)
  expect(supervisor.session()).toBe(session)
  await clock.sleep(40_000)
  expect(supervisor.session()).not.toBe(session)
  // The new session is notified at once that the server is still lost.
  expect(supervisor.state()).toMatchObject({ name: 'down', reason: 'server_lost' })
  restore()
  await secondsUntil('ready', 120)
})

test.concurrent('a competing session is reported, and once data flow again the streams are requested again', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, resubscribed, clock, secondsUntil } = await rig({
    rules: { updateIntervalMs: 1_000 },
  })
  const canary = supervisor.watch(OPTION)
  await supervisor.whenReady(never, 10_000)
  await clock.sleep(3_000)
  expect(canary.status).toBe('receiving')
  const over = simulator.inject({ kind: 'competing_session' })
  await secondsUntil('waiting competing_session')
  await clock.sleep(70_000)
  expect(supervisor.state()).toMatchObject({ name: 'waiting', for: 'competing_session' })
  over()
  expect(await secondsUntil('ready')).toBeLessThan(45)
  expect(resubscribed()).toBe(2)
  expect(supervisor.counters().sessions).toBe(1)
})

test.concurrent('an outage during the nightly restart is reported as the restart, and at noon as an outage', async ({
  rig,
  expect,
}) => {
  const night = await rig({ date: '2026-11-18', time: '23:50' })
  await night.secondsUntil('ready')
  night.simulator.inject({ kind: 'restart', seconds: 60 })
  await night.secondsUntil('waiting nightly_restart')
  expect(await night.secondsUntil('ready', 150)).toBeLessThan(120)

  const noon = await rig({ time: '12:00' })
  await noon.secondsUntil('ready')
  noon.simulator.inject({ kind: 'restart', seconds: 20 })
  await noon.secondsUntil('down unreachable')
  expect(await noon.secondsUntil('ready')).toBeLessThan(80)
  expect(noon.states).toEqual(['ready', 'down connection_lost', 'down unreachable', 'ready'])
})

test.concurrent('a login that waits for its second factor is reported, with what to do', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, secondsUntil } = await rig({ date: '2026-11-22', time: '12:00' })
  await secondsUntil('ready')
  const confirm = simulator.inject({ kind: 'second_factor' })
  await secondsUntil('waiting second_factor')
  const failed = await supervisor.whenReady(never, 500).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(NotReady)
  expect((failed as NotReady).message).toContain('waits for a person to confirm its login')
  confirm()
  expect(await secondsUntil('ready')).toBeLessThan(60)
})

test.concurrent('a client id in use is reported; after a few attempts further ones are rare', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, clock, secondsUntil } = await rig({ speed: 100 })
  await secondsUntil('ready')
  const over = simulator.inject({ kind: 'client_id_in_use' })
  simulator.inject({ kind: 'half_open' })
  await secondsUntil('down client_id_in_use')
  await clock.sleep(60_000)
  const early = supervisor.counters().attempts
  await clock.sleep(300_000)
  expect(supervisor.counters().attempts - early).toBeLessThanOrEqual(11)
  expect(supervisor.state()).toMatchObject({
    detail: expect.stringContaining('choose another with gateway.clientId') as string,
  })
  over()
  await secondsUntil('ready', 150)
})

test.concurrent('after an outage of the farm or of the server the canary is not silent before its time', async ({
  rig,
  expect,
}) => {
  // After its first values the canary has nothing to say.
  const { simulator, supervisor, states, clock, secondsUntil } = await rig({
    rules: { updateIntervalMs: 15_000 },
  })
  const canary = supervisor.watch(OPTION)
  await supervisor.whenReady(never, 10_000)
  await expect.poll(() => canary.status, { interval: 2 }).toBe('receiving')
  simulator.inject({ kind: 'farm_broken', seconds: 38 })
  await secondsUntil('degraded')
  await secondsUntil('ready')
  await clock.sleep(2_000)
  simulator.inject({ kind: 'server_lost', streams: 'lost', seconds: 38 })
  await secondsUntil('down server_lost')
  await secondsUntil('ready')
  await clock.sleep(2_000)
  simulator.inject({ kind: 'restart', seconds: 38 })
  await secondsUntil('down connection_lost')
  await secondsUntil('ready')
  await clock.sleep(2_000)
  expect(states).not.toContain('down option_data_silent')
  expect(supervisor.counters().canarySilences).toBe(0)
})

test.concurrent('options without data during the trading session are an outage, even if socket and underlying are fine', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, states, clock, secondsUntil } = await rig({
    rules: { updateIntervalMs: 1_000 },
  })
  supervisor.watch(OPTION)
  const stock = supervisor.watch(STOCK)
  await supervisor.whenReady(never, 10_000)
  await clock.sleep(5_000)
  const over = simulator.inject({ kind: 'option_silence' })
  const seconds = await secondsUntil('down option_data_silent')
  expect(seconds).toBeGreaterThan(25)
  expect(seconds).toBeLessThan(35)
  expect(stock.status).toBe('receiving')
  await clock.sleep(45_000)
  expect(supervisor.counters()).toMatchObject({ sessions: 2, canarySilences: expect.any(Number) as number })
  over()
  expect(await secondsUntil('ready')).toBeLessThan(10)
  expect(states.slice(0, 2)).toEqual(['ready', 'down option_data_silent'])
})

test.concurrent('outside the trading session a silent canary is not an outage', async ({ rig, expect }) => {
  const { simulator, supervisor, clock, states } = await rig({ time: '20:00' })
  supervisor.watch(OPTION)
  await supervisor.whenReady(never, 10_000)
  simulator.inject({ kind: 'option_silence' })
  await clock.sleep(90_000)
  expect(states).toEqual(['ready'])
})

test.concurrent('a canary that the gateway refuses is not an outage, and shows the reason', async ({
  rig,
  expect,
}) => {
  // Refused canaries are requested again every 10 s; by then each has been silent for longer than 30 s.
  const { simulator, supervisor, clock, states } = await rig({
    options: { competingRetryMs: 1_000 },
  })
  simulator.inject({ kind: 'entitlement', code: 354 })
  const canary = supervisor.watch(OPTION)
  await supervisor.whenReady(never, 10_000)
  await clock.sleep(60_000)
  // It may have just been requested again, and not be refused yet.
  await expect.poll(() => canary.status, { interval: 2 }).toBe('refused')
  expect(canary).toMatchObject({ notice: { code: 354 }, lastValueAt: null })
  expect(states).toEqual(['ready'])
  expect(supervisor.counters().canarySilences).toBe(0)
  canary.stop()
  await clock.sleep(2_000)
  expect(simulator.stats().lines).toBe(0)
})

test.concurrent('a gateway that breaks every new session is not flooded with attempts', async ({
  rig,
  expect,
}) => {
  const { simulator, supervisor, clock, states } = await rig()
  supervisor.onResubscribe(() => void simulator.inject({ kind: 'malformed', form: 'oversize_length' }))
  await clock.sleep(120_000)
  const { sessions, longestGapMs } = supervisor.counters()
  expect(sessions).toBeGreaterThan(4)
  expect(sessions).toBeLessThan(30)
  expect(longestGapMs).toBeLessThan(31_500)
  expect(states).toContain('down bad_peer')
})
