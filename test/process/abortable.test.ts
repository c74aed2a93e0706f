import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortable } from '../../src/process/abortable.ts'

test('the first signal to abort gives the reason, and the others are released', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const work = abortable(one.signal, other.signal)
  expect(work.signal.aborted).toBe(false)
  other.abort(new Error('enough'))
  one.abort(new Error('too late'))
  expect(work.signal.reason).toEqual(new Error('enough'))
  for (const { signal } of [one, other]) expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('it is aborted from the start if one of the signals already is', () => {
  const { signal } = abortable(new AbortController().signal, AbortSignal.abort(new Error('over')))
  expect(signal.reason).toEqual(new Error('over'))
})

test('once released or aborted it leaves no listener behind and ignores the other signals', () => {
  const long = new AbortController()
  const released = abortable(long.signal)
  released.release()
  const own = abortable(long.signal)
  own.abort(new Error('done'))
  expect(getEventListeners(long.signal, 'abort')).toEqual([])
  long.abort(new Error('much later'))
  expect(released.signal.aborted).toBe(false)
  expect(own.signal.reason).toEqual(new Error('done'))
})
