import { expect, test } from 'vitest'
import { epochMs } from '../../../src/market/units.ts'
import { createSlotAnswers, slotTag, withLaterAges } from '../../../src/serve/answers/slot-answers.ts'

const NOW = epochMs(Date.parse('2026-11-18T15:07:00Z'))
const later = (seconds: number) => epochMs(NOW + seconds * 1_000)
const PATH = '/api/market-data/SPY?at=2026-11-18T15:00:00Z'

test('an answer is kept while its tables stay the same, and its ages grow', () => {
  const answers = createSlotAnswers()
  const body = '{"age_seconds":420,"figures":{"iv30":{"age_seconds":421.5}},"quote_age_seconds":3}'
  answers.keep(PATH, { tag: '7', computedAt: NOW, body })
  expect(answers.find(PATH, '7', NOW)).toBe(body)
  expect(answers.find(PATH, '7', later(60.25))).toBe(
    '{"age_seconds":480.25,"figures":{"iv30":{"age_seconds":481.75}},"quote_age_seconds":3}',
  )
  expect(answers.find(`${PATH}&x`, '7', NOW)).toBeNull()
  expect(answers.find(PATH, '8', NOW)).toBeNull()
  // It is not used again even if an older name comes back.
  expect(answers.find(PATH, '7', NOW)).toBeNull()
})

test('an answer whose age cannot be told later is not kept', () => {
  const answers = createSlotAnswers()
  const keep = (body: string) => answers.keep(PATH, { tag: '7', computedAt: NOW, body })
  keep('{"slot":"2026-11-18T15:10:00.000Z","age_seconds":0}')
  expect(answers.find(PATH, '7', NOW)).toBeNull()
  keep('{"at":"2026-11-18T15:07:00.000Z"}')
  expect(answers.find(PATH, '7', NOW)).toBeNull()
  // The clock was set back.
  keep('{"age_seconds":10}')
  expect(answers.find(PATH, '7', later(-5))).toBeNull()
})

test('the answers used last are kept, within a bound', () => {
  const answers = createSlotAnswers(1_000)
  const body = 'x'.repeat(300)
  for (const path of ['a', 'b', 'c']) answers.keep(path, { tag: '7', computedAt: NOW, body })
  answers.find('a', '7', NOW)
  answers.keep('d', { tag: '7', computedAt: NOW, body })
  expect(['a', 'b', 'c', 'd'].filter((path) => answers.find(path, '7', NOW) !== null)).toEqual([
    'a',
    'c',
    'd',
  ])
  for (let n = 0; n < 100; n++) answers.keep('a', { tag: '7', computedAt: NOW, body })
  expect(answers.find('c', '7', NOW)).toBe(body)
})

test('the tag of an answer names its path, the tables and the server', () => {
  const of = { server: 'a', tag: '7.1' }
  expect(slotTag(PATH, of)).toMatch(/^W\/"[\w-]{22}"$/)
  expect(slotTag(PATH, of)).toBe(slotTag(PATH, { ...of }))
  const others = [
    slotTag(PATH, { ...of, tag: '7.2' }),
    slotTag(PATH, { ...of, server: 'b' }),
    slotTag('/x', of),
  ]
  expect(new Set([slotTag(PATH, of), ...others]).size).toBe(4)
})

test('an age that is absent stays absent', () => {
  expect(withLaterAges('{"age_seconds":null}', 5)).toBe('{"age_seconds":null}')
})
