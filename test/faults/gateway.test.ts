import { expect, test } from 'vitest'
import { isMet } from '../../scripts/bench/report.ts'
import { deadline } from './deadline.ts'
import { fuzz } from './fuzz.ts'
import { hostile } from './hostile.ts'
import { reconnect } from './reconnect.ts'
import { silence } from './silence.ts'

// The small versions of what `npm run torture` measures at length; figures 11, 12, 13, 16 and 17.
test.each([
  [deadline, null],
  [reconnect, 4],
  [silence, 2],
  [fuzz, 5_000],
  [hostile, 20],
])('$name: every figure is met, in small', async (torture, rounds) => {
  const goals = await torture.run({ programs: '', quick: true, rounds, seed: 7 })
  expect(goals.filter((goal) => isMet(goal) !== true)).toEqual([])
})
