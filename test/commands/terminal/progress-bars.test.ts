import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { openActivity } from '../../../src/commands/terminal/activity.ts'
import { openHarvestProgress } from '../../../src/commands/terminal/harvest-progress.ts'
import { openProgressBar } from '../../../src/commands/terminal/progress-bar.ts'
import { openRunProgress } from '../../../src/commands/terminal/run-progress.ts'
import { atTerminal } from '../at-terminal.ts'
import { emulatedScreen } from '../emulated-screen.ts'

afterEach(() => vi.restoreAllMocks())

/** Closed after the test, whatever becomes of it: bars redraw themselves. */
function opened<View extends { close(): void }>(view: View): View {
  onTestFinished(() => view.close())
  return view
}

/** Longer than a bar waits before it begins, and than the time from one drawing to the next. */
const A_WHILE_MS = 200

/** Runs with standard error as a terminal, whose screen is given; every line that it ever showed must fit it. */
function onScreen(columns: number, run: (screen: ReturnType<typeof emulatedScreen>) => Promise<void>) {
  const screen = emulatedScreen(columns)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    screen.write(String(text))
    return true
  })
  return atTerminal(columns, () => run(screen))
}

const unwrapped = (lines: readonly string[]) => lines.join(' ').replace(/ +/g, ' ')
const filled = (line: string | undefined) => line?.match(/█/g)?.length ?? 0

test.each([60, 80, 140])(
  'a bar begins after a moment, grows and is cleared, at %i columns',
  async (columns) => {
    await onScreen(columns, async (screen) => {
      const bar = opened(openProgressBar('verify', true))
      bar.update(1, 226_462)
      expect(screen.lines()).toEqual(['verify …'])
      await setTimeout(A_WHILE_MS)
      bar.update(56_616, 226_462)
      await vi.waitFor(() => expect(screen.lines()[0]).toContain('25%'))
      const [quarter] = screen.lines()
      expect(quarter).toMatch(/^verify █+░+ 25% 56616\/226462 · \S+ left$/)
      expect(quarter?.length).toBeLessThanOrEqual(columns)
      bar.update(169_847, 226_462)
      await vi.waitFor(() => expect(filled(screen.lines()[0])).toBeGreaterThan(2 * filled(quarter)))
      expect(screen.lines()).toHaveLength(1)
      expect(screen.isCursorShown()).toBe(false)
      bar.close()
      expect(screen.lines()).toEqual([])
      expect(screen.isCursorShown()).toBe(true)
    })
  },
)

test('quick work shows no bar, and a failure leaves none', async () => {
  await onScreen(80, async (screen) => {
    const quick = opened(openProgressBar('verify', true))
    for (let done = 1; done <= 3; done++) quick.update(done, 3)
    quick.close()
    expect(screen.lines()).toEqual([])
    const failing = opened(openProgressBar('verify', true))
    await setTimeout(A_WHILE_MS)
    failing.update(1, 3)
    failing.close()
    screen.write('optionlake: the disk is full\n')
    expect(screen.lines()).toEqual(['optionlake: the disk is full'])
  })
})

test('without a terminal bars write nothing but lines', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const bar = opened(openProgressBar('verify', false))
  await setTimeout(A_WHILE_MS)
  bar.update(1, 3)
  bar.close()
  openActivity('reading the lake', false).close()
  const said: string[] = []
  const runs = opened(openRunProgress(['flash_crash passive 1'], false, (line) => said.push(line)))
  runs.started(0)
  runs.advanced(0, 50, 100)
  runs.ended(0, 'flash_crash passive, seed 1: complete')
  runs.close()
  expect(write).not.toHaveBeenCalled()
  expect(said).toEqual(['flash_crash passive, seed 1: complete'])
})

test.each([60, 80])(
  'a harvest has a bar a symbol, and closing it twice leaves what came after it, at %i columns',
  async (columns) => {
    await onScreen(columns, async (screen) => {
      const view = opened(openHarvestProgress(true, () => {}))
      const at = (symbol: string, done: number) =>
        view.update({ symbol, planned: 2_250, done, complete: done, answered: done })
      at('SPY', 1)
      at('QQQ', 1)
      await setTimeout(A_WHILE_MS)
      at('SPY', 1_000)
      at('QQQ', 200)
      await vi.waitFor(() => expect(screen.lines()[1]).toContain(' 200/2250'))
      const [spy, qqq] = screen.lines()
      expect(spy).toMatch(/^SPY {3}█+░+ 44% 1000\/2250 · /)
      expect(qqq).toMatch(/^QQQ {3}█+░+ 8% 200\/2250 · /)
      // Nothing is cut: the last word of the line is there.
      expect([spy, qqq].map((line) => line?.endsWith(' left'))).toEqual([true, true])
      view.close()
      screen.write('SPY stored\n')
      view.close()
      expect(screen.lines()).toEqual(['SPY stored'])
      expect(screen.isCursorShown()).toBe(true)
    })
  },
)

test.each([60, 80])(
  'runs have a bar each, and their lines stand above the bars, whole, at %i columns',
  async (columns) => {
    const labels = ['flash_crash aggressive_buy_100 12346', 'flash_crash aggressive_buy_100 12347']
    const ended =
      'flash_crash aggressive_buy_100, seed 12346: complete, 54,000 steps in 0:01 → data/raw/flash_crash.jsonl'
    await onScreen(columns, async (screen) => {
      const view = opened(openRunProgress(labels, true, () => {}))
      view.started(0)
      view.started(1)
      view.advanced(0, 27_000, 54_000)
      view.advanced(1, 5_400, 54_000)
      await vi.waitFor(() => expect(screen.lines()[2]).toContain(' 10%'))
      const bars = screen.lines()
      expect(bars).toHaveLength(3)
      expect(bars[0]).toMatch(/^all runs +█+░+ 30%/)
      expect(bars.map((line) => / left$/.test(line))).toEqual([true, true, true])
      expect(bars[1]).toContain('buy_100 12346 █')
      view.note('one')
      view.ended(0, ended)
      await vi.waitFor(() => expect(unwrapped(screen.lines())).toContain(`one ${ended} all runs`))
      view.ended(1, null)
      view.close()
      view.close()
      screen.write('scenario  fills\n')
      expect(unwrapped(screen.lines())).toBe(`one ${ended} scenario fills`)
    })
  },
)
