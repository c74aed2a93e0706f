import { expect, onTestFinished, test } from 'vitest'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { openUnderlyingStreams } from '../../src/harvest/underlying-streams.ts'
import { systemClock } from '../../src/market/clock.ts'
import { stock, VIX } from '../../src/market/contract.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { conId, epochMs } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import { message, rawPeer } from '../support/raw-peer.ts'
import { openRig, type Rig } from './harvest-rig.ts'

test('a stock without quotes and trades has the mark price, which is sent only with generic tick 232', async () => {
  const lifetime = openLifetime()
  const requested: string[] = []
  const peer = await rawPeer({
    asked: (fields, socket) => {
      if (fields[0] !== '1') return
      const [id, ticks] = [fields[2] as string, fields[16] as string]
      requested.push(ticks)
      if (ticks.split(',').includes('232')) socket.write(message(1, 6, id, 37, 650.25, 0, 0))
    },
  })
  lifetime.onClose(() => peer.close())
  const session = await openSession(gatewayOptions.parse({ port: peer.port }), { clock: systemClock })
  lifetime.onClose(() => session.close())
  const { signal } = new AbortController()
  const underlyings = [
    { ...stock('SPY'), conId: conId(1) },
    { ...VIX, conId: conId(2) },
  ]
  const streams = openUnderlyingStreams(underlyings, { clock: systemClock, signal })
  await streams.attach(session)
  await streams.waitFor('prices', 2_000)
  expect(streams.price('SPY')).toMatchObject({ price: 650.25 })
  await expect.poll(() => requested).toEqual(['106,232', ''])
  await lifetime.close()
})

test('a price holds as long as its stream goes on, and a new stream does not confirm the price of the old one', async () => {
  const lifetime = openLifetime()
  const opened: ((...fields: (string | number)[]) => void)[] = []
  const peer = await rawPeer({
    asked: (fields, socket) => {
      if (fields[0] !== '1') return
      const id = fields[2] as string
      opened.push((kind, ...rest) => socket.write(message(kind, 6, id, ...rest)))
    },
  })
  lifetime.onClose(() => peer.close())
  const session = await openSession(gatewayOptions.parse({ port: peer.port }), { clock: systemClock })
  lifetime.onClose(() => session.close())
  let nowMs = Date.parse('2026-11-20T15:00:00Z')
  const clock = { ...systemClock, now: () => epochMs(nowMs) }
  const { signal } = new AbortController()
  const streams = openUnderlyingStreams([{ ...stock('SPY'), conId: conId(1) }], { clock, signal })
  await streams.attach(session)
  const pricedAt = nowMs
  await expect.poll(() => opened.length).toBe(1)
  opened[0]?.(1, 4, 680.5, 0, 0)
  await expect.poll(() => streams.price('SPY')).toEqual({ price: 680.5, at: pricedAt, confirmedAt: pricedAt })
  nowMs += 60_000
  // A volume: the price has not changed.
  opened[0]?.(2, 8, 1_200)
  const confirmed = { price: 680.5, at: pricedAt, confirmedAt: nowMs }
  await expect.poll(() => streams.price('SPY')).toEqual(confirmed)
  nowMs += 60_000
  await streams.reattach(session)
  await expect.poll(() => opened.length).toBe(2)
  opened[1]?.(2, 8, 1_300)
  opened[1]?.(2, 5, 700)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(streams.price('SPY')).toEqual(confirmed)
  await lifetime.close()
})

test('an underlying that got no line waits for one, and says so meanwhile', async () => {
  const rig = await openRig({ lines: 1, firstQuoteMedianMs: 1, greeksMedianMs: 1 }, { lines: 40 })
  onTestFinished(() => rig.close())
  const never = new AbortController().signal
  const [held] = rig.listed as [Rig['listed'][0]]
  const nothing = { genericTicks: '', onTick: () => {}, onNotice: () => {} }
  const holder = await rig.session.subscribe(held, nothing)
  const spy = await findUnderlying(rig.session, instrumentNamed('SPY'), never)
  const streams = openUnderlyingStreams([spy], { clock: rig.clock, signal: never })
  await streams.attach(rig.session)
  await streams.waitFor('prices', 200)
  expect(streams.price('SPY')).toBeNull()
  expect(streams.notice('SPY')).toMatchObject({ kind: 'lines', code: 101 })
  await holder.cancel()
  await streams.waitFor('prices', 5_000)
  expect(streams.price('SPY')?.price).toBeGreaterThan(0)
  streams.close()
})

test('streams that were lost are opened again once, although every symbol asks for it', async () => {
  const rig = await openRig()
  onTestFinished(() => rig.close())
  const never = new AbortController().signal
  const streams = openUnderlyingStreams([await findUnderlying(rig.session, instrumentNamed('SPY'), never)], {
    ...{ clock: rig.clock, signal: never },
  })
  await streams.attach(rig.session)
  const requested = () => rig.simulator.stats().received.reqMktData
  await rig.session.currentTime()
  expect(requested()).toBe(1)
  await Promise.all([1, 2, 3].map(() => streams.reattach(rig.session)))
  await rig.session.currentTime()
  expect(requested()).toBe(2)
  await streams.reattach(rig.session)
  await rig.session.currentTime()
  expect(requested()).toBe(3)
  streams.close()
})
