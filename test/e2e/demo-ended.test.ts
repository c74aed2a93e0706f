import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { start } from './program.ts'

/** A demo whose temporary files, such as its lake, are in a folder of their own. */
function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-demos-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const running = start(['demo', '--port', '0'], { TMPDIR: folder })
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const lakes = () => readdirSync(folder).filter((name) => name.startsWith('optionlake-demo-'))
  return { running, lakes }
}

test('Ctrl+C ends a demo with 0, and its lake is deleted', async () => {
  const { running, lakes } = startDemo()
  await running.printed('stop   Ctrl+C')
  expect(lakes()).toHaveLength(1)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(0)
  expect(stderr).toContain('stopping: storing what has arrived')
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect(lakes()).toEqual([])
}, 120_000)

test('a second Ctrl+C ends it at once, and its lake is deleted as well', async () => {
  const { running, lakes } = startDemo()
  await running.printed('stop   Ctrl+C')
  expect(lakes()).toHaveLength(1)
  running.child.kill('SIGINT')
  await running.printed('stopping: storing what has arrived')
  running.child.kill('SIGINT')
  await running.ended
  expect(running.child.signalCode).toBe('SIGINT')
  expect(lakes()).toEqual([])
}, 120_000)

test('Ctrl+C while a demo stores what came before leaves no lake either', async () => {
  const { running, lakes } = startDemo()
  await running.printed('All data are simulated')
  await expect.poll(() => lakes().length, { timeout: 60_000 }).toBe(1)
  running.child.kill('SIGINT')
  const { stdout, stderr } = await running.ended
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect(lakes()).toEqual([])
}, 120_000)
