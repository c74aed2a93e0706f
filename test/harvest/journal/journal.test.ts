import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJournal } from '../../../src/harvest/journal/journal.ts'
import { readJournal } from '../../../src/harvest/journal/read-journal.ts'
import type { FutureContract } from '../../../src/market/contract.ts'
import type { Tick } from '../../../src/market/quote.ts'
import { conId, epochMs, sessionDate } from '../../../src/market/units.ts'
import { options } from '../../chain/contracts.ts'
import { futures } from '../../market/future-contracts.ts'

const slot = epochMs(Date.parse('2026-11-20T15:00:00Z'))
const header = {
  slot,
  dates: new Map(['SPY', 'QQQ'].map((symbol) => [symbol, sessionDate('2026-11-20')])),
  startedAt: epochMs(slot + 1_000),
  symbols: ['SPY', 'QQQ'],
}
const [call, put] = options('SPY', '20261218', [680]) as [
  ReturnType<typeof options>[0],
  ReturnType<typeof options>[0],
]
const greeks = {
  impliedVolFraction: 0.18,
  delta: 0.5,
  gamma: 0.01,
  vega: 0.7,
  theta: -0.2,
  underlyingPrice: 680.1,
  pvDividend: 1.25,
}

function write(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'one.jsonl')
  const journal = openJournal(path, header, (error) => {
    throw error
  })
  const at = epochMs(slot + 2_000)
  const underlying = { price: 680.12, at: epochMs(slot + 1_900), confirmedAt: epochMs(slot + 1_950) }
  const ticks: Tick[] = [
    { field: 'dataType', dataType: 'live' },
    { field: 'bid', value: 12.3 },
    { field: 'ask', value: null },
    { field: 'callOpenInterest', value: 4_321 },
    { field: 'modelGreeks', greeks },
  ]
  journal.asked(call)
  journal.asked(put)
  for (const tick of ticks) journal.tick(call, tick, { at, underlying })
  journal.ended(call)
  journal.close()
  return path
}

test('the terms of a contract are read back, and a journal of version 0.1 has none', () => {
  const terms = {
    ...({ exerciseStyle: 'european', settlement: 'am', expiresAt: epochMs(slot + 86_400_000) } as const),
    ...({ underlyingType: 'IND', underlyingConId: conId(416_904), tradingClass: 'SPX' } as const),
  }
  const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'one.jsonl')
  const journal = openJournal(path, header, (error) => {
    throw error
  })
  journal.asked({ ...call, ...terms })
  journal.close()
  const text = readFileSync(path, 'utf8')
  const contractIn = (lines: string) => readJournal(lines)?.harvests[0]?.gaps[0]?.contract
  expect(contractIn(text)).toEqual({ ...call, ...terms })
  const old = text.replace(/,\["european".*?\]\]/, ']')
  expect(old).not.toBe(text)
  expect(contractIn(old)).toEqual({ ...call, tradingClass: 'SPX' })
})

test('quotes that had arrived are read back unchanged, contracts without data as gaps', () => {
  const recovered = readJournal(readFileSync(write(), 'utf8'))
  expect(recovered).toMatchObject(header)
  const [spy, qqq] = recovered?.harvests ?? []
  expect(spy?.answered).toEqual([
    {
      contract: call,
      quote: {
        numbers: { bid: 12.3, ask: null, callOpenInterest: 4_321 },
        greeks,
        dataType: 'live',
        quotedAt: slot + 2_000,
      },
      underlying: { price: 680.12, at: slot + 1_900, confirmedAt: slot + 1_950 },
      complete: true,
    },
  ])
  expect(spy?.gaps).toEqual([{ contract: put, reason: 'stopped', detail: null }])
  expect(qqq).toMatchObject({ symbol: 'QQQ', answered: [], gaps: [] })
})

test('a journal cut at any byte gives every whole line before the cut', () => {
  const text = readFileSync(write(), 'utf8')
  const whole = text.split('\n').length - 1
  for (let bytes = 0; bytes < text.length; bytes += 7) {
    const recovered = readJournal(text.slice(0, bytes))
    const lines = text.slice(0, bytes).split('\n').length - 1
    if (lines === 0) expect(recovered).toBeNull()
    else expect(recovered?.harvests[0]?.answered.length).toBe(lines > 4 ? 1 : 0)
  }
  expect(whole).toBe(9)
})

test('a line that is not an entry is an error with its number', () => {
  const path = write()
  appendFileSync(path, '["tick", 1\n["end",1]\n')
  expect(() => readJournal(readFileSync(path, 'utf8'))).toThrow('line 10 is not a journal entry')
})

test('quotes of futures are read back apart from those of options', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'one.jsonl')
  const journal = openJournal(path, { ...header, symbols: ['SPY', 'ES'] }, (error) => {
    throw error
  })
  const [front, next] = futures(['ESZ6', '20261218'], ['ESH7', '20270319']) as [
    FutureContract,
    FutureContract,
  ]
  const spot = { price: 6_800.5, at: epochMs(slot + 1_900), confirmedAt: epochMs(slot + 1_900) }
  journal.asked(call)
  journal.asked(front)
  journal.asked(next)
  journal.tick(front, { field: 'bid', value: 6_812.25 }, { at: epochMs(slot + 2_000), underlying: spot })
  journal.tick(
    front,
    { field: 'openInterest', value: 2_310_455 },
    { at: epochMs(slot + 2_001), underlying: spot },
  )
  journal.close()
  const recovered = readJournal(readFileSync(path, 'utf8'))
  expect(recovered?.harvests.map(({ symbol, gaps }) => [symbol, gaps.length])).toEqual([
    ['SPY', 1],
    ['ES', 0],
  ])
  expect(recovered?.futures).toMatchObject([
    {
      symbol: 'ES',
      answered: [
        { contract: front, underlying: spot, quote: { numbers: { bid: 6_812.25, openInterest: 2_310_455 } } },
      ],
      gaps: [{ contract: next, reason: 'stopped' }],
    },
  ])
})
