import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Goal } from '../../../scripts/bench/report.ts'

const PROGRAM = resolve(import.meta.dirname, '../../../..', 'dist/main.js')
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** A browser that is asked for nothing must ask for nothing itself. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const LOOKS = [
  { name: 'light', width: 1250, colorScheme: 'light' },
  { name: 'dark', width: 1250, colorScheme: 'dark' },
  { name: 'phone', width: 390, colorScheme: 'light' },
] as const

interface Found {
  readonly runs: number
  readonly bytes: number
  readonly openMs: number
  /** Addresses that were requested besides the page itself. */
  readonly requests: readonly string[]
  /** What the console reported, such as a refused style. */
  readonly complaints: readonly string[]
  /** Pixels by which the page is wider than the window, at most. */
  readonly overflow: number
  /** What a person did that had not the effect that it should have. */
  readonly failures: readonly string[]
}

/** Writes the report of all experiments in all scenarios and uses it in Chromium, as a person would. */
export async function tryReport(folder: string, quick: boolean): Promise<Goal[]> {
  const executablePath = BROWSERS.find(existsSync)
  if (executablePath === undefined) {
    const why = `no Chromium in ${BROWSERS.join(', ')}`
    console.log(`report: not run: ${why}`)
    return goalsOf(null, why)
  }
  await mkdir(folder, { recursive: true })
  const page = join(folder, 'report.html')
  const runs = await writeReport(folder, page, quick)
  const browser = await chromium.launch({
    executablePath,
    // Chromium refuses its sandbox to root.
    args: [...QUIET, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  try {
    const found = await look(browser, page, runs)
    for (const fault of [...found.requests, ...found.complaints, ...found.failures])
      console.log(`report: ${fault}`)
    return goalsOf(found)
  } finally {
    await browser.close()
  }
}

async function writeReport(folder: string, page: string, quick: boolean): Promise<number> {
  const run = promisify(execFile)
  const raw = join(folder, 'raw')
  const program = (...args: string[]) =>
    run(process.execPath, [PROGRAM, 'experiment', ...args], { cwd: folder, maxBuffer: 1e8 })
  await program(
    'run',
    '--all-scenarios',
    '--all-experiments',
    '--steps',
    quick ? '300' : '3000',
    '--dir',
    raw,
  )
  const { stdout } = await program('report', '--dir', raw, '--output', page, '--json')
  return (JSON.parse(stdout) as { runs: number }).runs
}

async function look(browser: Browser, file: string, runs: number): Promise<Found> {
  const address = pathToFileURL(file).href
  const requests = new Set<string>()
  const complaints: string[] = []
  const failures: string[] = []
  const opened: number[] = []
  let overflow = 0
  for (const { name, width, colorScheme } of LOOKS) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
    const page = await context.newPage()
    page.on('request', (request) => {
      if (request.url() !== address) requests.add(`${name}: requests ${request.url().slice(0, 100)}`)
    })
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${name}: ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`))
    await page.goto(address)
    // From the start of the navigation until everything was drawn.
    opened.push(await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'))
    overflow = Math.max(overflow, await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    failures.push(...(await use(page, runs)).map((failure) => `${name}: ${failure}`))
    if (name === 'light' && (await page.pdf({ format: 'A4' })).length < 10_000)
      failures.push('prints nothing')
    await context.close()
  }
  const bytes = (await stat(file)).size
  opened.sort((one, other) => one - other)
  return {
    ...{ runs, bytes, requests: [...requests], complaints, overflow, failures },
    openMs: opened[1] as number,
  }
}

/** Uses the page by mouse and keyboard, and names what did not work. */
async function use(page: Page, runs: number): Promise<string[]> {
  const failures: string[] = []
  const expectThat = (isTrue: boolean, what: string) => {
    if (!isTrue) failures.push(what)
  }
  const drawn = await page.locator('#panels path.curve').count()
  expectThat(drawn >= 6, `the run has ${drawn} lines`)
  const position = () => page.locator('#position').innerText()
  const whole = await position()
  await page.locator('#panels').focus()
  await page.keyboard.press('ArrowRight')
  expectThat((await position()).includes('step'), 'the cursor does not move by key')
  await page.keyboard.press('+')
  await page.keyboard.press('Escape')
  await page.locator('#closer').click()
  expectThat(await page.locator('#reset').isEnabled(), 'the zoom does not zoom')
  await page.locator('#reset').click()
  expectThat(await page.locator('#reset').isDisabled(), 'the whole run does not come back')
  expectThat(whole !== '', 'no time is shown')
  const rows = page.locator('#runs tbody tr')
  expectThat((await rows.count()) === runs, `${await rows.count()} rows of ${runs} runs`)
  const byPnl = page.locator('#runs th button', { hasText: 'final P&L' })
  await byPnl.click()
  const values = await page
    .locator('#runs tbody tr td:nth-child(15)')
    .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('data-value'))))
  expectThat(
    values.every((value, at) => at === 0 || value >= (values[at - 1] as number)),
    'a click does not sort the runs',
  )
  await page.locator('input[data-filters]').fill('flash_crash passive')
  const left = await page.locator('#runs tbody tr:visible').count()
  expectThat(left > 0 && left < runs, `the filter leaves ${left} rows`)
  await page.locator('#runs tbody tr:visible button').first().click()
  expectThat((await page.locator('#choose-experiment').inputValue()) === 'passive', 'a run is not shown')
  return failures
}

function goalsOf(found: Found | null, why = ''): Goal[] {
  const goal = (name: string, value: number | null, unit: string, atMost: number): Goal => ({
    ...{ name, value, unit, atMost, why },
  })
  return [
    goal('requests of the report besides itself', found?.requests.length ?? null, 'requests', 0),
    goal('complaints of the browser about the report', found?.complaints.length ?? null, 'messages', 0),
    goal('uses of the report without effect', found?.failures.length ?? null, 'uses', 0),
    goal('width of the report beyond a window of 390 pixels', found?.overflow ?? null, 'pixels', 0),
    goal('opening the report of all runs', found?.openMs ?? null, 'ms', 1_000),
    goal('size of the report of all runs', found === null ? null : found.bytes / 1e6, 'MB', 3),
  ]
}
