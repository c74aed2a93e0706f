/**
 * How soon a demo shows its first chart: from its command, and from a fresh clone with its packages installed.
 *
 *   npm run bench:demo               about a minute on a quiet machine
 *   npm run bench:demo -- --quick    once, and without the clone
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { openChromium } from '../test/page/browser/chromium.ts'
import { type DemoTimes, timedDemo } from './bench/demo/timed-demo.ts'
import { type Goal, median, printGoals } from './bench/report.ts'

const ROUNDS = 3
const quick = process.argv.includes('--quick')
const root = resolve(import.meta.dirname, '../..')
const demo = ['demo', '--port', '0', '--json'] as const

const { browser, why } = await openBrowser()
try {
  const runs: DemoTimes[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    runs.push(await timedDemo([process.execPath, 'dist/main.js', ...demo], { folder: root, browser }))
  }
  const fresh = quick ? null : await fromFreshClone(browser)
  printGoals('demo', [...goalsOf(runs, why), cloneGoal(fresh, why)])
} finally {
  await browser?.close()
}

function goalsOf(runs: readonly DemoTimes[], why: string): Goal[] {
  const charts = runs.flatMap(({ chartSeconds }) => chartSeconds ?? [])
  const of = (name: string, atMost: number, pick: (run: DemoTimes) => number): Goal => ({
    ...{ name, unit: 's', atMost },
    value: median(runs.map(pick)),
  })
  return [
    { name: 'first chart', value: charts.length === 0 ? null : median(charts), unit: 's', atMost: 10, why },
    of('address of the page', 10, ({ addressSeconds }) => addressSeconds),
    of('first slot collected', 15, ({ liveSlotSeconds }) => liveSlotSeconds),
    of('end after Ctrl+C', 10, ({ stopSeconds }) => stopSeconds),
  ]
}

function cloneGoal(fresh: DemoTimes | null, why: string): Goal {
  const goal = { name: 'first chart of a fresh clone', unit: 's', atMost: 60 }
  if (fresh === null) return { ...goal, value: null, why: 'left out with --quick' }
  return { ...goal, value: fresh.chartSeconds, why }
}

/** The first command of the README in a clone, without the installation of packages, which the network decides. */
async function fromFreshClone(browser: Browser | null): Promise<DemoTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-clone-'))
  try {
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, folder])
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    return await timedDemo(['npm', 'run', '--silent', 'demo', '--', ...demo.slice(1)], { folder, browser })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function openBrowser(): Promise<{ browser: Browser | null; why: string }> {
  try {
    return { browser: await openChromium(), why: '' }
  } catch (error) {
    return { browser: null, why: error instanceof Error ? error.message : String(error) }
  }
}
