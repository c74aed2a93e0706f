import { expect, test } from 'vitest'
import { chainCachePath, readChainCache } from '../../src/chain/chain-cache.ts'
import { stock } from '../../src/market/contract.ts'
import { conId, sessionDate } from '../../src/market/units.ts'
import { DATE, openListerRig } from './lister-rig.ts'

/** Contract details of a gateway on its first morning. */
const SLOW = { detailsMedianMs: 20_000, detailsShape: 0.5 }
const SYMBOLS = ['SPY', 'QQQ', 'IWM']
/** While nothing is answered, no answer can come too late for a fast clock. */
const UNANSWERED_SPEED = 800
/** On a busy machine a fast clock would time out answers that are under way. */
const PATIENT = { contractDetailsTimeoutMs: 600_000 }

test('with contract details after 20 s in the median, all chains are listed well before the open', async () => {
  const rig = await openListerRig('09:00', {
    ...{ rules: SLOW, gateway: PATIENT },
    ...{ expirations: 2, speed: 400 },
  })
  const chains = rig.start(SYMBOLS)
  const isListed = (symbol: string) => chains.chain(symbol, DATE)?.completeness.isKnown ?? false
  const early: string[] = []
  await rig.secondsUntil(() => {
    for (const symbol of SYMBOLS)
      if ((chains.chain(symbol, DATE)?.contracts.length ?? 0) > 0 && !early.includes(symbol))
        early.push(symbol)
    return early.length === 3
  }, 900)
  // The symbols take turns: each has something before any is complete.
  expect(SYMBOLS.filter(isListed)).toEqual([])
  const seconds = await rig.secondsUntil(() => SYMBOLS.every(isListed), 1_200)
  expect(seconds).toBeLessThan(1_200)
  expect(rig.simulator.stats().received.reqContractDetails).toBe(9)
  expect(rig.said.filter((line) => line.includes('is listed'))).toHaveLength(3)
  expect(chains.progress('SPY').lastSeconds).toBeGreaterThan(60)
})

test('the cache is written after each expiration, and a restart asks only for what is missing', async () => {
  const rig = await openListerRig('09:00', {
    rules: { detailsMedianMs: 20_000, detailsShape: 0 },
    gateway: PATIENT,
  })
  const first = rig.start(['IWM'])
  const stored = () => readChainCache(chainCachePath(rig.folder, 'IWM'))
  const asked = () => rig.simulator.stats().received.reqContractDetails ?? 0
  await rig.secondsUntil(() => asked() === 4, 300)
  await first.close()
  expect(stored()?.listings.size).toBe(2)

  const second = rig.start(['IWM'])
  await rig.secondsUntil(() => second.chain('IWM', DATE)?.completeness.isKnown === true, 300)
  expect(stored()?.listings.size).toBe(3)
  // What was open when the first one stopped is asked for again.
  expect(asked()).toBe(5)
})

test('a lost session costs the request that was open, and nothing else', async () => {
  const rig = await openListerRig('09:00', {
    rules: { detailsMedianMs: 20_000, detailsShape: 0 },
    gateway: PATIENT,
  })
  const chains = rig.start(['IWM'])
  await rig.secondsUntil(() => rig.simulator.stats().received.reqContractDetails === 3, 300)
  rig.simulator.inject({ kind: 'restart', seconds: 5 })
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 300)
  expect(rig.simulator.stats().received.reqContractDetails).toBe(5)
  expect(rig.said.filter((line) => line.startsWith('warn'))).toEqual([])
})

test('a gateway that is not there yet is waited for without noise', async () => {
  const rig = await openListerRig('09:00', { gateway: PATIENT, expirations: 1 })
  rig.simulator.inject({ kind: 'restart', seconds: 120 })
  const chains = rig.start(['IWM'])
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 600)
  expect(rig.said).toEqual(['info: the chain of IWM is listed'])
})

test('a chain is chosen once as long as nothing about it changes: every HTTP answer asks for it', async () => {
  const rig = await openListerRig('09:00', { gateway: PATIENT, expirations: 1 })
  const chains = rig.start(['IWM'])
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 600)
  const chain = chains.chain('IWM', DATE)
  expect(chains.chain('IWM', DATE)).toBe(chain)
  expect(chains.chain('IWM', sessionDate('2031-01-02'))?.contracts).not.toEqual(chain?.contracts)
  const learned = { date: DATE, openInterest: new Map(), windows: [], refused: [], impliedVolFraction: 0.3 }
  chains.learn('IWM', learned)
  expect(chains.chain('IWM', DATE)?.cache.impliedVolFraction).toBe(0.3)
})

test('an answer that breaks off is used, marked as partial, and asked for again', async () => {
  // 300 rows, 5 s apart, end after 1,500 s: five time limits are over before.
  const rig = await openListerRig('09:00', {
    rules: { detailsRowMs: 5_000 },
    gateway: { contractDetailsTimeoutMs: 20_000 },
    expirations: 1,
  })
  const chains = rig.start(['IWM'])
  await rig.secondsUntil(() => (chains.chain('IWM', DATE)?.completeness.partial.length ?? 0) === 1, 600)
  const listed = chains.chain('IWM', DATE)?.contracts.length ?? 0
  expect(listed).toBeGreaterThan(10)
  expect(chains.progress('IWM').problem).toMatch(/broke off after \d+ rows/)
  expect(rig.said).toEqual([
    expect.stringMatching(/^warn: IWM is not listed yet: contract details of IWM OPT/),
  ])
  const before = rig.simulator.stats().received.reqContractDetails ?? 0
  await rig.secondsUntil(() => rig.simulator.stats().received.reqContractDetails === before + 1, 60)
})

test('with a gateway slower than the time limit, answers that come too late are kept', async () => {
  const rig = await openListerRig('09:00', {
    rules: { detailsMedianMs: 50_000, detailsShape: 0 },
    gateway: { contractDetailsTimeoutMs: 30_000 },
    expirations: 2,
  })
  const chains = rig.start(['IWM'])
  chains.introduce({ ...stock('IWM'), conId: conId(9_579_970) }, DATE)
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 300)
  expect(rig.said.at(-1)).toBe('info: the chain of IWM is listed')
  expect(chains.progress('IWM').problem).toBeNull()
})

test('after an outage, a symbol whose underlying a cycle has found is listed at once', async () => {
  const rig = await openListerRig('09:00', { gateway: { contractDetailsTimeoutMs: 5_000 }, expirations: 1 })
  const recover = rig.simulator.inject({ kind: 'farm_broken', farm: 'definitions' })
  const chains = rig.start(['IWM'])
  rig.clock.setSpeed(UNANSWERED_SPEED)
  const asked = () => rig.simulator.stats().received.reqContractDetails ?? 0
  await rig.secondsUntil(() => asked() === 5, 900)
  await rig.clock.sleep(6_000)
  rig.clock.setSpeed(200)
  recover()
  const startedAt = rig.clock.now()
  chains.introduce({ ...stock('IWM'), conId: conId(9_579_970) }, DATE)
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 900)
  // The next attempt of its own would be four minutes later.
  expect(rig.clock.now() - startedAt).toBeLessThan(120_000)
})

test('after an outage what failed in it is requested at once', async () => {
  const rig = await openListerRig('09:00', {
    gateway: { contractDetailsTimeoutMs: 10_000 },
    expirations: 1,
    speed: 100,
  })
  const chains = rig.start(['IWM'])
  const startedMs = rig.clock.monotonicMs()
  rig.simulator.inject({ kind: 'server_lost', seconds: 160 })
  await rig.secondsUntil(() => rig.simulator.stats().received.reqContractDetails === 1, 60)
  rig.clock.setSpeed(300)
  await rig.clock.sleep(startedMs + 130_000 - rig.clock.monotonicMs())
  rig.clock.setSpeed(100)
  // Without it the fourth request would be made after 210 s.
  await rig.secondsUntil(() => chains.chain('IWM', DATE)?.completeness.isKnown === true, 270)
  const seconds = (rig.clock.monotonicMs() - startedMs) / 1_000
  expect(seconds).toBeGreaterThan(150)
  expect(seconds).toBeLessThan(200)
})

test('a symbol without answers does not hold up the others, and is said once', async () => {
  const rig = await openListerRig('09:00', { rules: { detailsMedianMs: 2_000 }, speed: 100 })
  rig.simulator.inject({ kind: 'symbol_trouble', symbol: 'QQQ', how: 'unanswered' })
  const chains = rig.start(SYMBOLS)
  const isListed = (symbol: string) => chains.chain(symbol, DATE)?.completeness.isKnown ?? false
  const seconds = await rig.secondsUntil(
    () => rig.said.filter((line) => line.includes('is listed')).length === 2,
    600,
  )
  expect(seconds).toBeLessThan(200)
  expect(['SPY', 'IWM'].every(isListed)).toBe(true)
  rig.clock.setSpeed(UNANSWERED_SPEED)
  await rig.secondsUntil(() => chains.progress('QQQ').isFailing, 600)
  expect(chains.progress('QQQ').problem).toContain('no answer within 60000 ms')
  expect(rig.said.filter((line) => line.startsWith('warn'))).toHaveLength(1)
})

test("yesterday's list serves until today's has come, without what has expired", async () => {
  const rig = await openListerRig('09:10', {
    rules: { detailsMedianMs: 20_000, detailsShape: 0 },
    gateway: PATIENT,
  })
  const first = rig.start(['IWM'])
  await rig.secondsUntil(() => first.chain('IWM', DATE)?.completeness.isKnown === true, 300)
  await first.close()
  const tomorrow = sessionDate('2026-11-20')
  const known = first.chain('IWM', DATE)
  const kept = first.chain('IWM', tomorrow)
  const today = known?.expirations.filter(({ days }) => days > 0) ?? []
  expect(kept?.expirations.map(({ expiry }) => expiry).slice(0, today.length)).toEqual(
    today.map(({ expiry }) => expiry),
  )
  expect(kept?.completeness.earlierDate).toBe(DATE)
  expect(kept?.completeness.earlier).toHaveLength(today.length)
  // One more expiration has moved into the policy: only this one waits for the gateway.
  expect(kept?.completeness.missing).toHaveLength(3 - today.length)
})

test('strikes and expirations that are listed late are found at midday, and known contracts keep their place', async () => {
  const rig = await openListerRig('12:43', { gateway: PATIENT, expirations: 2, speed: 100 })
  const late = rig.simulator.inject({ kind: 'late_listing', strikesFraction: 0.2, today: true })
  const chains = rig.start(['IWM'])
  await rig.secondsUntil(() => rig.said.length === 1, 300)
  const before = chains.chain('IWM', DATE)
  expect(before?.expirations[0]?.days).toBeGreaterThan(0)
  late()
  rig.clock.setSpeed(400)
  // The second round begins at 12:45.
  await rig.secondsUntil(() => rig.said.length === 2, 1_500)
  const after = chains.chain('IWM', DATE)
  expect(after?.expirations[0]?.days).toBe(0)
  const ids = new Set(after?.contracts.map(({ conId }) => conId))
  const shared = after?.expirations[1]?.expiry
  const earlier = before?.contracts.filter(({ expiry }) => expiry === shared) ?? []
  expect(earlier.length).toBeGreaterThan(20)
  expect(earlier.every(({ conId }) => ids.has(conId))).toBe(true)
  expect(after?.contracts.filter(({ expiry }) => expiry === shared).length).toBeGreaterThan(earlier.length)
})
