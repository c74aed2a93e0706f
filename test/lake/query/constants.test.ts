import { expect, test } from 'vitest'
import { currentState } from '../../../src/lake/open.ts'
import { chainAsOf, chainsBetween } from '../../../src/lake/query/chains.ts'
import { append } from '../../../src/lake/write/append.ts'
import { readingLake, temporaryLake } from '../lakes.ts'
import { after, row, slotOf } from '../slots.ts'

const contract = { exercise_style: 'american', settlement: 'pm', multiplier: 100, currency: 'USD' } as const
const european = { ...contract, exercise_style: 'european', trading_class: 'SPYW' } as const

test('columns with one value in a file are taken from the log, and rows come back as they were stored', async () => {
  const lake = await temporaryLake()
  const slots = [
    [row({ ...contract, timestamp: after(0) }), row({ ...contract, timestamp: after(0), strike: 601 })],
    [
      row({ ...contract, timestamp: after(1) }),
      row({ ...european, timestamp: after(1), multiplier: 10, greeks_source: null, definition_version: 3 }),
    ],
    [row({ timestamp: after(2), greeks_source: null, data_type: null })],
  ]
  for (const [at, rows] of slots.entries()) await append(lake, slotOf({ SPY: rows }, after(at)))
  const reader = await readingLake(lake.layout.root)
  for (const [at, rows] of slots.entries()) {
    expect(await chainAsOf(reader, 'SPY', { at: after(at) })).toEqual(rows)
  }
  const columns = [
    'timestamp',
    'exercise_style',
    'multiplier',
    'currency',
    'trading_class',
    'data_type',
  ] as const
  const all = await chainsBetween(reader, 'SPY', { from: after(0), to: after(2), columns })
  const values = [...all.values()].flat().map(({ timestamp: _, ...others }) => Object.values(others))
  expect(values).toEqual([
    ['american', 100, 'USD', 'SPY', 'live'],
    ['american', 100, 'USD', 'SPY', 'live'],
    ['american', 100, 'USD', 'SPY', 'live'],
    ['european', 10, 'USD', 'SPYW', 'live'],
    [null, null, null, 'SPY', null],
  ])
  const constants = [...(await currentState(reader)).files.values()].map((file) => file.constants)
  expect(constants.map(({ multiplier }) => multiplier)).toEqual([100, undefined, null])
})
