import { describe, expect, test } from 'vitest'
import type { Trader } from '../../src/paper/trader.ts'
import { Killed, killAt } from './kill-at.ts'
import { type Desk, openDesk } from './trading-desk.ts'

/** Entry, a price step, the fill, a profit target, and the fill of the exit. */
async function wholeTrade(desk: Desk, trader: Trader): Promise<void> {
  await desk.cycleAfter(trader, 0)
  await desk.clock.advance(25_000)
  await trader.manage()
  desk.gateway.fill()
  await trader.manage()
  desk.market.chain = { width: 9 }
  await desk.cycleAfter(trader, 5)
  desk.gateway.fill()
  await trader.manage()
}

async function pointsOf(work: (desk: Desk, trader: Trader) => Promise<void>): Promise<string[]> {
  const desk = openDesk()
  const seen = { points: 0, names: [] as string[] }
  await work(desk, await desk.start(killAt(-1, seen)))
  return seen.names
}

/** Whatever was open when the trader was killed: filled meanwhile, still open, or filled after its next start. */
const MEANWHILE = [
  'nothing',
  'filled before the restart',
  'filled after the restart',
  'the next day',
] as const

describe('a trader that is killed', async () => {
  const names = await pointsOf(wholeTrade)

  test('passes every kind of point in the trade that it is killed in', () => {
    for (const name of ['intent', 'order', 'fill', 'price_step', 'mark', 'closed', 'decision']) {
      expect(names).toContain(`before the journal's ${name}`)
    }
    expect(names.filter((name) => name === 'after placing')).toHaveLength(2)
  })

  for (const meanwhile of MEANWHILE) {
    test(`never doubles a position, at any of its points: ${meanwhile}`, async () => {
      for (let point = 1; point <= names.length; point++) {
        const where = `killed ${names[point - 1]} (point ${point}), ${meanwhile}`
        const desk = openDesk({ reentryMinutes: 100_000 })
        const doomed = await desk.start(killAt(point, { points: 0, names: [] }))
        await expect(wholeTrade(desk, doomed), where).rejects.toThrow(Killed)
        if (meanwhile === 'filled before the restart') desk.gateway.fill()
        if (meanwhile === 'the next day') {
          desk.gateway.fill()
          desk.gateway.endDay()
          await desk.clock.advance(24 * 3_600_000)
        }
        const again = await desk.start()
        await again.manage()
        if (meanwhile === 'filled after the restart') desk.gateway.fill()
        for (let round = 0; round < 3; round++) await desk.cycleAfter(again, 5)

        // Never more than one contract of each leg, and never more than one entry and one exit that were sent and worked.
        expect(desk.gateway.mostHeld(), where).toBeLessThanOrEqual(1)
        expect(entriesFilled(desk), where).toBeLessThanOrEqual(1)
        // The journal and the account agree in the end.
        expect(ownHoldings(again), where).toEqual(Object.fromEntries(desk.gateway.holdings()))
      }
    })
  }

  test('knows from the account what a journal lacks that has lost its last lines', async () => {
    const whole = openDesk()
    await wholeTrade(whole, await whole.start())
    for (let count = 0; count < whole.lines.length; count++) {
      const desk = openDesk({ reentryMinutes: 100_000 })
      await wholeTrade(desk, await desk.start())
      // The account is at the end of the trade, and the journal is not.
      desk.lines.length = count
      const again = await desk.start()
      desk.market.figures = { ivRank: null }
      for (let round = 0; round < 3; round++) await desk.cycleAfter(again, 5)
      expect(desk.gateway.mostHeld(), `${count} lines`).toBeLessThanOrEqual(1)
    }
  })
})

function entriesFilled({ gateway }: Desk): number {
  return gateway.filled().filter(({ side }) => side === 'BUY').length
}

function ownHoldings(trader: Trader): Record<string, number> {
  const held = [...trader.state().positions.values()].flatMap(({ holdings }) => [...holdings])
  return Object.fromEntries(held)
}
