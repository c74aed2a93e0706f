import { expect, test } from 'vitest'
import {
  createResultStore,
  leaderboardAnswer,
  myRunsAnswer,
  studentAnswer,
} from '../../../src/exchange/server/results.ts'
import { result } from './result.ts'

const NORMAL = { id: 'normal_market', name: 'Normal market' }

const RUNS = [
  result('a1', { final_pnl: 5 }),
  result('b1', {
    student_id: 'bob',
    final_pnl: 900,
    end: 'blowup',
    blowup: true,
    blowup_reason: 'inventory_limit',
  }),
  result('c1', { student_id: 'carol', final_pnl: 7 }),
  result('a2', { final_pnl: 9 }),
  result('a3', { final_pnl: 400, end: 'cut', cut_reason: 'the client fell silent' }),
]

test('the leaderboard ranks the best complete run of each participant, and lists the others last', () => {
  const { entries, ...rest } = leaderboardAnswer(NORMAL, RUNS)
  expect(rest).toEqual({
    scenario_id: 'normal_market',
    scenario_name: 'Normal market',
    total_participants: 3,
  })
  expect(
    entries.map(({ rank, student_id, run_id, best_pnl, runs }) => [rank, student_id, run_id, best_pnl, runs]),
  ).toEqual([
    [1, 'alice', 'a2', 9, 3],
    [2, 'carol', 'c1', 7, 1],
    [null, 'bob', 'b1', null, 1],
  ])
})

test('only complete runs have a rank among all runs of the scenario', () => {
  const { total_runs, runs } = myRunsAnswer(NORMAL.id, 'alice', RUNS)
  expect(total_runs).toBe(3)
  expect(runs.map(({ run_id, rank }) => [run_id, rank])).toEqual([
    ['a1', 3],
    ['a2', 1],
    ['a3', null],
  ])
})

test('an answer lists the newest 200 runs, and counts all', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => result(`${at}`, { final_pnl: at }))
  const newest = many.slice(-200).map(({ run_id }) => run_id)
  const { total_runs, runs } = myRunsAnswer(NORMAL.id, 'alice', many)
  expect(total_runs).toBe(1_000)
  expect(runs.map(({ run_id }) => run_id)).toEqual(newest)
  expect([runs[0]?.rank, runs.at(-1)?.rank]).toEqual([200, 1])
  expect(studentAnswer('alice', many).map(({ run_id }) => run_id)).toEqual(newest)
})

test('the store keeps the newest results', () => {
  const store = createResultStore(150)
  for (let at = 0; at < 1_000; at++) {
    store.add(result(`${at}`, { scenario_id: at % 2 === 0 ? 'normal_market' : 'flash_crash' }))
  }
  expect(store.size).toBe(150)
  expect(store.ofScenario('normal_market').map(({ run_id }) => run_id)).toEqual(
    Array.from({ length: 75 }, (_, at) => `${850 + 2 * at}`),
  )
})
