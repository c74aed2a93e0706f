import { expect, test } from 'vitest'
import { orderLimits } from '../../src/gateway/orders/limits.ts'
import { openOrderEntry } from '../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import { paperOptions } from '../../src/paper/options.ts'
import type { ChainQuote } from '../../src/paper/structure.ts'
import { createTrader, type Trader } from '../../src/paper/trader.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { NOON, sharedMarket } from '../support/supervised-gateway.ts'
import { Killed, killAt } from './kill-at.ts'
import { answerOf } from './paper-market.ts'
import { journalInMemory, type Wrap } from './trading-desk.ts'

const ACCOUNT = 'DU1234567'
/** One price, far enough beyond the quotes to be filled at once. */
const settings = {
  ...paperOptions.parse({}),
  ...{
    priceSteps: 0,
    concessionFraction: 3,
    minOpenInterest: 0,
    maxContracts: 2,
    maxLossPerPosition: 20_000,
  },
}

/** The options of one expiry as the simulated market quotes them at noon. */
function chainAt(slot: EpochMs): ChainQuote[] {
  const market = sharedMarket()
  const options = market
    .find({ symbol: 'SPY', secType: 'OPT' })
    .filter(({ expiry }) => expiry !== undefined && expiry >= '20261231' && expiry <= '20270115')
  return options.map((contract): ChainQuote => {
    const { bid, ask, openInterest, greeks } = market.quote(contract, slot)
    return {
      ...{ timestamp: slot, symbol: 'SPY', expiry: String(contract.expiry), strike: contract.strike ?? 0 },
      ...{ right: String(contract.right), bid: bid ?? null, ask: ask ?? null, flags: 0 },
      ...{ open_interest: openInterest ?? null, delta: greeks?.delta ?? null, underlying_price: null },
      ...{ con_id: contract.conId, trading_class: 'SPY' },
    }
  })
}

/** A simulated gateway with an account of its own; each process is a session, an order entry and a trader. */
async function openAccount() {
  const clock = clockFrom(epochMs(NOON + 10_000), 5)
  const simulator = await startSimulator(sharedMarket(), simulatorOptions.parse({ account: ACCOUNT }), {
    ...{ clock, seed: 5 },
  })
  const lines: string[] = []
  const chain = chainAt(NOON)
  const start = async (wrap: Wrap = (parts) => parts) => {
    const options = gatewayOptions.parse({ port: simulator.port, clientId: 18, farmNoticeWaitMs: 0 })
    const session = await openSession(options, { clock })
    const limits = orderLimits.parse({ maxLossPerDay: 1_000_000 })
    const entry = openOrderEntry(session, { accounts: [ACCOUNT], limits, clock })
    await entry.whenReady(new AbortController().signal, 30_000)
    const parts = wrap({ journal: journalInMemory(lines), orders: entry })
    const trader = createTrader({
      ...{ ...parts, clock, settings, symbols: ['SPY'] },
      figures: async () => answerOf(NOON, { ivRank: 5 }),
      chain: async () => chain,
    })
    const kill = async () => {
      entry.close()
      await session.close()
    }
    return { trader, entry, kill }
  }
  return { clock, start, lines, close: () => simulator.close() }
}

type Account = Awaited<ReturnType<typeof openAccount>>

/** The entry, and rounds until its fills are in the journal. */
async function enter(trader: Trader, { clock }: Account): Promise<void> {
  await trader.cycle(NOON)
  for (let round = 0; round < 40; round++) {
    await trader.manage()
    if ([...trader.state().orders.values()].some(({ phase }) => phase === 'filled')) return
    await clock.sleep(250)
  }
  throw new Error('the entry was not filled')
}

const POINTS = [
  ...["after the journal's decision", "after the journal's intent", 'after placing'],
  ...["before the journal's fill", "after the journal's fill", "before the journal's order"],
]

test('over TWS, a trader that is killed at a point of its entry has one position after its next start', async () => {
  const whole = await openAccount()
  const seen = { points: 0, names: [] as string[] }
  const first = await whole.start(killAt(-1, seen))
  await enter(first.trader, whole)
  await first.kill()
  await whole.close()

  for (const name of POINTS) {
    // The last one of its name: of orders, the one that says filled.
    const point = seen.names.lastIndexOf(name) + 1
    expect(point, name).toBeGreaterThan(0)
    const account = await openAccount()
    const doomed = await account.start(killAt(point, { points: 0, names: [] }))
    await expect(enter(doomed.trader, account), name).rejects.toThrow(Killed)
    await doomed.kill()

    const { trader, entry, kill } = await account.start()
    for (let round = 0; round < 3; round++) {
      await trader.manage()
      await trader.cycle(NOON)
      await account.clock.sleep(500)
    }
    await trader.manage()
    const [position] = [...trader.state().positions.values()].filter(({ phase }) => phase === 'open')
    const held = Object.fromEntries(entry.positions().map(({ conId, quantity }) => [conId, quantity]))
    expect(Object.values(held), name).toSatisfy(
      (quantities: number[]) => quantities.length === 0 || quantities.every((one) => one === 2),
    )
    expect(Object.fromEntries(position?.holdings ?? []), name).toEqual(held)
    await kill()
    await account.close()
  }
}, 60_000)
