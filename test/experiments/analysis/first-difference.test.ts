import { expect, test } from 'vitest'
import {
  type ComparedRecord,
  compareRuns,
  isNotTheMarket,
  isOfTheRun,
  type JsonValue,
} from '../../../src/experiments/analysis/first-difference.ts'

async function* records(...all: { readonly [key: string]: JsonValue }[]): AsyncGenerator<ComparedRecord> {
  for (const fields of all) yield { step: fields.step as number, fields }
}

const STEP = {
  run_id: 'one',
  market: { bid: 99.5, ask: 100, mid: 99.75 },
  book: { bids: [{ price: 99.5, qty: 100 }], asks: [{ price: 100, qty: 200 }] },
  state: { inventory: 0 },
  fills: [{ price: 100, qty: 100, latency_ms: 1.5 }],
  timing: { decision_ms: 0.1, step_ms: 2 },
}

test('two runs of the same market are equal whatever the clock of the wall said', async () => {
  const later = {
    ...STEP,
    run_id: 'two',
    fills: [{ price: 100, qty: 100, latency_ms: 9 }],
    timing: { decision_ms: 3, step_ms: 7 },
  }
  const found = await compareRuns(
    records({ step: 0, ...STEP }, { step: 1, ...STEP }),
    records({ step: 0, ...later }, { step: 1, ...later }),
    isOfTheRun,
  )
  expect(found).toEqual({ equalSteps: 2, difference: null })
})

test('the first difference is named by step, field and both values', async () => {
  const changed = { ...STEP, book: { ...STEP.book, asks: [{ price: 100, qty: 300 }] } }
  const found = await compareRuns(
    records({ step: 0, ...STEP }, { step: 1, ...STEP }),
    records({ step: 0, ...STEP }, { step: 1, ...changed, state: { inventory: 5 } }),
    isOfTheRun,
  )
  expect(found).toEqual({
    equalSteps: 1,
    difference: { step: 1, field: 'book.asks[0].qty', left: 200, right: 300 },
  })
})

test('a level, a fill or a field that one run lacks is a difference, and null is not absent', async () => {
  const differenceOf = async (change: { readonly [key: string]: JsonValue }) =>
    (await compareRuns(records({ step: 0, ...STEP }), records({ step: 0, ...STEP, ...change }), isOfTheRun))
      .difference
  expect(await differenceOf({ book: { bids: [], asks: STEP.book.asks } })).toMatchObject({
    field: 'book.bids[0]',
    left: { price: 99.5, qty: 100 },
    right: undefined,
  })
  expect(await differenceOf({ fills: [] })).toMatchObject({ field: 'fills[0]' })
  expect(await differenceOf({ action: null })).toEqual({
    step: 0,
    field: 'action',
    left: undefined,
    right: null,
  })
  expect(await differenceOf({ market: { bid: 99.5, ask: 100, mid: null } })).toMatchObject({
    field: 'market.mid',
    left: 99.75,
    right: null,
  })
})

test('a run that ends earlier, or has lost a step, differs there', async () => {
  const whole = () => records({ step: 0, ...STEP }, { step: 1, ...STEP }, { step: 2, ...STEP })
  expect(await compareRuns(records({ step: 0, ...STEP }), whole(), isOfTheRun)).toEqual({
    equalSteps: 1,
    difference: { step: 1, field: 'step', left: undefined, right: 1 },
  })
  expect(await compareRuns(whole(), records({ step: 0, ...STEP }, { step: 2, ...STEP }), isOfTheRun)).toEqual(
    {
      equalSteps: 1,
      difference: { step: 1, field: 'step', left: 1, right: 2 },
    },
  )
})

test('of two markets only the market is compared, not what the strategies did', async () => {
  const traded = { ...STEP, state: { inventory: 100 }, fills: [], action: { side: 'BUY', price: 100 } }
  const found = await compareRuns(
    records({ step: 0, ...STEP }, { step: 1, ...STEP }),
    records({ step: 0, ...traded }, { step: 1, ...traded, market: { bid: 99.5, ask: 100.5, mid: 100 } }),
    isNotTheMarket,
  )
  expect(found.difference).toEqual({ step: 1, field: 'market.ask', left: 100, right: 100.5 })
})
