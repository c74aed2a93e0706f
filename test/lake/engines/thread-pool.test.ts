import { expect, test, vi } from 'vitest'
import { keepThreadPoolAwake } from '../../../src/lake/engines/thread-pool.ts'
import { openLake } from '../../../src/lake/open.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { temporaryFolder } from '../lakes.ts'

test('the timer runs while a lake is open, and stops with the last one', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const letSleep = keepThreadPoolAwake()
    expect(vi.getTimerCount()).toBe(1)
    const folder = temporaryFolder()
    const writer = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
    const reader = await openLake(folder, { mode: 'read', clock: systemClock })
    letSleep()
    letSleep()
    expect(vi.getTimerCount()).toBe(1)
    await writer.close()
    expect(vi.getTimerCount()).toBe(1)
    await reader.close()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('a lake that cannot be opened leaves no timer running', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const nowhere = openLake(`${temporaryFolder()}/none`, { mode: 'read', clock: systemClock })
    await expect(nowhere).rejects.toThrow('no lake at')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
