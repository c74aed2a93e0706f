import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import { accountId, beginJournal, journalPath } from '../../src/paper/live/journal-choice.ts'
import { openPaperTrader } from '../../src/paper/live/open-paper-trader.ts'
import { openRunningCollector } from '../../src/paper/live/running-collector.ts'
import { watchSlots } from '../../src/paper/live/watch-slots.ts'
import { paperOptions } from '../../src/paper/options.ts'
import type { Trader } from '../../src/paper/trader.ts'
import { manualClock } from '../support/manual-clock.ts'
import { answerOf, chainOf, SLOT, slotAfter } from './paper-market.ts'
import { journalInMemory } from './trading-desk.ts'

const settings = paperOptions.parse({ accounts: ['DU1234567'] })
const daemon = (session: object | null) =>
  ({
    kind: 'found',
    url: 'http://127.0.0.1:8787',
    answer: { session, address: null, origin: 'simulated', source: 'embedded simulator, seed 1' },
  }) as unknown as Parameters<typeof openRunningCollector>[0]

const json = (value: unknown) => async () => new Response(JSON.stringify(value))

function answering(routes: Record<string, unknown>): typeof fetch {
  return async (url) => {
    const path = String(url).replace('http://127.0.0.1:8787', '')
    if (!(path in routes)) throw new TypeError('fetch failed', { cause: new Error(`no ${path}`) })
    return json(routes[path])()
  }
}

const LIVE = { at: new Date(SLOT).toISOString(), clock: { artificial: true } }

test('a running collector gives figures and chain over HTTP, its gateway, and its time', async () => {
  const rows = chainOf(SLOT).map((row) => ({ ...row, timestamp: new Date(SLOT).toISOString(), volume: null }))
  const market = await openRunningCollector(
    daemon({ endpoint: '127.0.0.1:4711' }),
    answering({
      '/livez': LIVE,
      '/api/market-data/SPY': { source: 'x', ...answerOf(SLOT, { ivRank: null }) },
      '/api/chains/SPY/latest': { symbol: 'SPY', rows },
    }),
  )
  expect(market).toMatchObject({
    gateway: { host: '127.0.0.1', port: 4711 },
    embedded: true,
    source: 'simulated',
  })
  expect(market.endsWithProcess).toBe(false)
  expect(market.clock.now() - SLOT).toBeLessThan(5_000)
  const { slot, figures } = await market.figures('SPY')
  expect(slot).toBe(new Date(SLOT).toISOString())
  expect(figures.iv_rank).toMatchObject({ value: null, reason: 'no_current_value' })
  // The answer of an older daemon says neither of the two.
  const ofOlder = { multiplier: null, underlying_type: null }
  expect(await market.chain('SPY')).toEqual(chainOf(SLOT).map((row) => ({ ...row, ...ofOlder })))
  await expect(market.figures('QQQ')).rejects.toThrow('the daemon does not answer')
})

test('a daemon without a session, or of another version, is named', async () => {
  await expect(openRunningCollector(daemon(null), answering({}))).rejects.toThrow('has no session')
  const strange = answering({ '/livez': LIVE, '/api/market-data/SPY': { slot: 7 } })
  const market = await openRunningCollector(daemon({ endpoint: '127.0.0.1:1' }), strange)
  await expect(market.figures('SPY')).rejects.toThrow('as another version would: slot')
})

test('each new slot is decided once, and orders are managed in between; trouble does not end it', async () => {
  const clock = manualClock(SLOT)
  const stop = new AbortController()
  const calls: string[] = []
  const troubles: string[] = []
  let slot: EpochMs = SLOT
  let isBroken = false
  const trader = {
    cycle: async (at: EpochMs) => {
      calls.push(`cycle +${(at - SLOT) / 60_000}`)
      return { events: [] }
    },
    manage: async () => {
      calls.push('manage')
      return { events: [] }
    },
  } as unknown as Trader
  const market = {
    figures: async () => {
      if (isBroken) throw new Error('the daemon restarts')
      return answerOf(slot)
    },
  } as unknown as Parameters<typeof watchSlots>[0]['market']
  const watching = watchSlots(
    { trader, market, symbols: ['SPY'] },
    {
      ...{ clock, signal: stop.signal, onReport: () => {}, isFatal: () => false },
      onTrouble: (error) => troubles.push((error as Error).message),
    },
  )
  await clock.advance(2_000)
  slot = slotAfter(5)
  await clock.advance(4_000)
  isBroken = true
  await clock.advance(2_000)
  isBroken = false
  await clock.advance(2_000)
  stop.abort(new Error('stop'))
  await watching
  expect(calls.filter((call) => call.startsWith('cycle'))).toEqual(['cycle +0', 'cycle +5'])
  expect(troubles).toEqual(['the daemon restarts'])
})

test('a journal belongs to one account, and does not hold its number', async () => {
  const lines: string[] = []
  const start = (account: string) =>
    beginJournal(journalInMemory(lines), { account, gateway: 'g', version: '1', settings, now: SLOT })
  await start('DU1234567')
  await start('DU1234567')
  await expect(start('DU7654321')).rejects.toThrow('is of another account')
  expect(lines.join('')).not.toContain('DU1234567')
  expect(lines.join('')).toContain(accountId('DU1234567'))
})

test('each source has its journal, and an account that ends with the process a new one', () => {
  const now = epochMs(Date.parse('2026-11-18T15:30:20.123Z'))
  const own = { source: 'simulated', endsWithProcess: true } as const
  expect(journalPath(null, own, now)).toBe('data/paper/embedded_20261118T153020123Z.jsonl')
  expect(journalPath(null, { ...own, endsWithProcess: false }, now)).toBe('data/paper/simulated.jsonl')
  expect(journalPath(null, { source: 'ib', endsWithProcess: false }, now)).toBe('data/paper/ib.jsonl')
  expect(journalPath('mine.jsonl', own, now)).toBe('mine.jsonl')
})

test('an account of the embedded simulator that is no paper account is refused before anything is started', async () => {
  const account = { source: '--set', path: ['simulator', 'account'], value: 'DF1234567' }
  const nothing = {} as Parameters<typeof openPaperTrader>[1]
  await expect(openPaperTrader(loadConfig(null, {}, [account]), nothing)).rejects.toMatchObject({
    ...{
      exitCode: 77,
      message: expect.stringContaining('simulator.account "DF***67" is not a paper account'),
    },
  })
})
