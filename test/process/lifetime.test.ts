import { expect, onTestFinished, test } from 'vitest'
import { abortable } from '../../src/process/abortable.ts'
import { openLifetime } from '../../src/process/lifetime.ts'

test('many symbols may listen to the signal of a lifetime without a warning of a leak', async () => {
  const warnings: string[] = []
  const listen = ({ name }: Error) => void warnings.push(name)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  const { signal, close } = openLifetime()
  const waiting = Array.from({ length: 40 }, () => abortable(signal))
  // Warnings are emitted in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(warnings).toEqual([])
  await close()
  expect(waiting.every((one) => one.signal.aborted)).toBe(true)
})
