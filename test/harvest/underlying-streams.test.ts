import { expect, test } from 'vitest'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { openUnderlyingStreams } from '../../src/harvest/underlying-streams.ts'
import { systemClock } from '../../src/market/clock.ts'
import { stock, VIX } from '../../src/market/contract.ts'
import { conId } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import { message, rawPeer } from '../support/raw-peer.ts'

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
  expect(requested).toEqual(['106,232', ''])
  await lifetime.close()
})
