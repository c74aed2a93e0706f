import { afterEach, expect, test, vi } from 'vitest'
import { clearActivity, openActivity } from '../../../src/commands/terminal/activity.ts'

afterEach(() => vi.restoreAllMocks())

/** What was written to standard error since. */
function written(): () => string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  return () => write.mock.calls.map(([text]) => String(text)).join('')
}

test('a terminal says what is waited for, until something else is written', () => {
  const text = written()
  openActivity('listing the chains', true)
  expect(text()).toBe('listing the chains …')
  clearActivity()
  clearActivity()
  expect(text()).toBe('listing the chains …\r\u001b[2K')
})

test('a new activity takes the line of the one before', () => {
  const text = written()
  openActivity('one', true)
  const second = openActivity('two', true)
  second.close()
  expect(text()).toBe('one …\r\u001b[2Ktwo …\r\u001b[2K')
})

test('without a terminal nothing is written', () => {
  const text = written()
  openActivity('listing the chains', false).close()
  expect(text()).toBe('')
})
