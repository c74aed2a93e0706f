import { expect, test } from 'vitest'
import { createReader } from '../../../src/serve/page/data/reader.js'
import { createPageState } from '../../../src/serve/page/state/page-state.js'

const SLOTS = ['14:30', '14:35', '14:40'].map((time) => `2026-11-20T${time}:00.000Z`)
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/slots': {
    ...{ date: '2026-11-20', at: '2026-11-20T15:00:00.000Z', interval_seconds: 300, symbols: ['SPY', 'QQQ'] },
    expected: SLOTS.map((slot) => ({ slot, time: slot.slice(11, 16), symbols: ['SPY', 'QQQ'] })),
    slots: ['SPY', 'QQQ'].flatMap((symbol) =>
      SLOTS.map((timestamp) => ({ timestamp, symbol, outcome: 'stored', rows: 9, reason: null })),
    ),
  },
  '/api/sessions?symbol=SPY': { sessions: [{ date: '2026-11-20', first_slot: SLOTS[0] }] },
  '/api/sessions?symbol=QQQ': { sessions: [{ date: '2026-11-20', first_slot: SLOTS[0] }] },
}

function stateAt(hash: string, wait = () => Promise.resolve()) {
  const written: { hash: string; isNew: boolean }[] = []
  const asked: string[] = []
  const errors: unknown[] = []
  const state = createPageState({
    ...{ views: ['status', 'smile'], hash },
    reader: createReader(async (path: string) => {
      asked.push(path)
      await wait()
      return Response.json(ANSWERS[path])
    }),
    setHash: (next, isNew) => written.push({ hash: next, isNew }),
    readAhead: ({ symbol, at }) => asked.push(`view of ${symbol} at ${at}`),
    onError: (error) => errors.push(error),
  })
  return { state, written, asked, errors }
}

test('slots that are stepped through quickly are all shown, and are no steps of the history', async () => {
  const { state, written, errors } = stateAt('#/smile/SPY?at=2026-11-20T09:30:00-05:00')
  await state.refresh()
  state.step(1)
  state.step(1)
  expect(state.read()?.state.at).toBe(SLOTS[2])
  expect(written.every(({ isNew }) => !isNew)).toBe(true)
  expect(errors).toEqual([])
})

test('an address that is in the history already is not added to it', async () => {
  const { state, written } = stateAt('#/smile/SPY')
  await state.refresh()
  await state.go({ view: 'status' }, { isNew: false })
  await state.go({ view: 'smile' })
  expect(written.map(({ isNew }) => isNew)).toEqual([false, false, true])
})

test('a time before the first slot shows the first', async () => {
  const { state } = stateAt('#/smile/SPY?at=1990-01-02T10:00:00-05:00')
  await state.refresh()
  expect(state.read()?.state).toMatchObject({ at: SLOTS[0], isLive: false })
})

test('a slot that is played while answers are awaited stays', async () => {
  let isSlow = false
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const { state } = stateAt('#/smile/SPY?at=2026-11-20T09:30:00-05:00', async () => {
    if (isSlow) await answered
  })
  await state.refresh()
  isSlow = true
  const isThere = state.go({ symbol: 'QQQ' })
  // By now the sessions of the symbol are asked for.
  await new Promise((resolve) => setImmediate(resolve))
  state.play(SLOTS[1] as string)
  answer()
  await isThere
  expect(state.read()?.state).toMatchObject({ symbol: 'QQQ', at: SLOTS[1] })
})

test('what a view shows of the newest slot is read without waiting for the list of sessions', async () => {
  const { state, asked } = stateAt('#/smile/QQQ')
  await state.refresh()
  expect(asked).toEqual(['/api/slots', `view of QQQ at ${SLOTS[2]}`, '/api/sessions?symbol=QQQ'])
})

test('a slot that an address names may be of another session, so nothing is read ahead', async () => {
  const { state, asked } = stateAt('#/smile/SPY?at=2026-11-20T09:30:00-05:00')
  await state.refresh()
  expect(asked).toEqual(['/api/slots', '/api/sessions?symbol=SPY'])
})
