import { expect, test } from 'vitest'
import type { AnsweredContract } from '../../src/harvest/harvest.ts'
import {
  addToSecondPass,
  createSecondPass,
  recordSecondAnswer,
  takeForSecondPass,
} from '../../src/harvest/second-pass.ts'
import { emptyQuote, type Quote } from '../../src/market/quote.ts'
import { options } from '../chain/contracts.ts'

const [contract] = options('SPY', '20261218', [690])
const COMPLETE = { complete: 1 }

function answer(numbers: Quote['numbers']): AnsweredContract {
  if (!contract) throw new Error('no contract')
  return { contract, quote: { ...emptyQuote(), numbers }, underlying: null, complete: false }
}

const quoted = answer({ bid: 1, ask: 2 })

function passOf(kept: readonly (AnsweredContract | null)[]) {
  const pass = createSecondPass<{ kept: AnsweredContract | null }>()
  for (const one of kept) addToSecondPass(pass, { kept: one })
  return pass
}

test('contracts without any data come first; of each kind a few are tried', () => {
  const pass = passOf([...new Array(20).fill(quoted), ...new Array(20).fill(null)])
  const taken = []
  for (let one = takeForSecondPass(pass, COMPLETE); one; one = takeForSecondPass(pass, COMPLETE)) {
    taken.push(one.kept)
  }
  expect(taken).toEqual([...new Array(8).fill(null), ...new Array(2).fill(quoted)])
})

test('each second answer that holds more than the first allows two further requests', () => {
  const pass = passOf(new Array(100).fill(null))
  let asked = 0
  for (let one = takeForSecondPass(pass, COMPLETE); one; one = takeForSecondPass(pass, COMPLETE)) {
    asked += 1
    recordSecondAnswer(pass, one, asked <= 10 ? quoted : null)
  }
  expect(asked).toBe(8 + 2 * 10)
})

test('an answer that holds no more than the first allows nothing', () => {
  const pass = passOf(new Array(30).fill(quoted))
  let asked = 0
  for (let one = takeForSecondPass(pass, COMPLETE); one; one = takeForSecondPass(pass, COMPLETE)) {
    asked += 1
    recordSecondAnswer(pass, one, answer({ bid: 1, ask: 2 }))
  }
  expect(asked).toBe(2)
})

test('missing greeks are not requested again where no contract had any', () => {
  expect(takeForSecondPass(passOf([quoted]), { complete: 0 })).toBeNull()
})
