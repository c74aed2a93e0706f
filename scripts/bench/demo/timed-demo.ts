import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Browser } from 'playwright-core'

/** Seconds from the start of the command. */
export interface DemoTimes {
  /** Until it has printed the address of the page. */
  readonly addressSeconds: number
  /** Until a chart of the page is drawn; null without a browser. */
  readonly chartSeconds: number | null
  /** Until the first slot of the day that the demo collects itself is stored. */
  readonly liveSlotSeconds: number
  /** From the signal to stop until the process has ended. */
  readonly stopSeconds: number
}

interface Slots {
  readonly slots: readonly { readonly time: string; readonly outcome: string }[]
}

/** A busy machine may take long; a demo that takes longer cannot be measured. */
const PATIENCE_MS = 300_000
/** The first slot that a demo does not find stored. */
const FIRST_LIVE = '09:40'
const CHART = '.drawing svg, .drawing canvas'

/** Runs a demo until it shows a chart and has collected a slot, and stops it. Throws if it ends early or takes too long. */
export async function timedDemo(
  [program, ...args]: readonly [string, ...string[]],
  { folder, browser }: { readonly folder: string; readonly browser: Browser | null },
): Promise<DemoTimes> {
  const startedAtMs = performance.now()
  const seconds = () => (performance.now() - startedAtMs) / 1_000
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`the demo ended with code ${code}`))),
  )
  ended.catch(() => {})
  const stop = () => {
    // The group: npm runs the program in a child of its own.
    const isRunning = child.exitCode === null && child.signalCode === null
    if (isRunning && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  }
  try {
    const url = await Promise.race([addressOf(child.stdout), ended])
    const addressSeconds = seconds()
    const [chartSeconds, liveSlotSeconds] = await Promise.all([
      browser && chartDrawn(browser, url).then(seconds),
      liveSlotStored(url).then(seconds),
    ])
    const stoppedAt = seconds()
    const exit = new Promise((resolve) => child.once('exit', resolve))
    stop()
    await exit
    return { addressSeconds, chartSeconds, liveSlotSeconds, stopSeconds: seconds() - stoppedAt }
  } finally {
    stop()
  }
}

/** The address in the JSON line of the demo; other lines are those of npm. */
async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    if (line.startsWith('{')) return (JSON.parse(line) as { url: string }).url
  }
  throw new Error('the demo printed no address')
}

async function chartDrawn(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage()
  try {
    await page.goto(`${url}/#/smile/SPY`)
    await page.locator(CHART).first().waitFor({ state: 'visible', timeout: PATIENCE_MS })
  } finally {
    await page.close()
  }
}

async function liveSlotStored(url: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS
  while (performance.now() < untilMs) {
    const answer = await fetch(`${url}/api/slots`)
    const { slots } = (await answer.json()) as Slots
    if (slots.some(({ time, outcome }) => time === FIRST_LIVE && outcome === 'stored')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the demo stored no slot')
}
