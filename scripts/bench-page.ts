/**
 * The speed of the page: what its views ask for, how soon it shows a commit, what open pages cost the daemon, how fast a
 * day is played, and how much a browser has to load. Chromium is needed.
 *
 *   npm run bench:page                 a lake of a year, with a few hundred contracts a slot; about four minutes
 *   npm run bench:page -- --quick      one session, one view is played, fewer repetitions
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { newYorkInstant, sessionsBetween } from '../src/market/calendar.ts'
import { addDays } from '../src/market/units.ts'
import { Failure } from '../src/process/failure.ts'
import { pageFiles } from '../src/serve/assets/page-files.ts'
import { openChromium } from '../test/page/browser/chromium.ts'
import {
  LAST_DAY,
  makePageLake,
  type PageLakeOptions,
  QUICK_LAKE,
  WHOLE_LAKE,
} from '../test/page/page-lake.ts'
import {
  type DaemonProcess,
  SERVE,
  serveForBenchmark,
  startDaemonProcess,
} from './bench/page/daemon-process.ts'
import { openEventClient } from './bench/page/event-client.ts'
import { hasSlot, interactiveMs, type MeasuredView, measureView, pathAt } from './bench/page/open-page.ts'
import { keepPagesOpen, openPages, PAGES_OF } from './bench/page/open-pages.ts'
import { type Goal, median, printGoals } from './bench/report.ts'

const quick = process.argv.includes('--quick')
const SYMBOL = 'SPY'
const PAGES = 20
/** The lake ends in the session, so that there are slots to come. */
const UNTIL = '14:00'
const AT = '14:01'
const INTERVAL_SECONDS = 300
const IDLE_SECONDS = quick ? 4 : 10
const UPDATES = quick ? 2 : 5
const OPENINGS = quick ? 2 : 7
const READS = quick ? 5 : 15
/** Slots asked for at a time while playing: a browser has six connections, and the stream has one. */
const AT_A_TIME = 4
const PLAYED_SLOTS = 50
const VIEWS = [
  ...['status', 'coverage', 'smile', 'term-structure', 'volatility', 'expected-move', 'positioning'],
  ...['chain', 'collection'],
]
const PLAYED_VIEWS: ReadonlySet<string> = new Set(quick ? ['smile'] : VIEWS)
/** Of the last session: none is looked at twice, so that nothing is answered from memory. */
const slotAt = (nth: number) =>
  new Date(newYorkInstant(LAST_DAY, '09:30') + nth * INTERVAL_SECONDS * 1_000).toISOString()
const OPENED_SLOT = slotAt(2)
/** The first slot of each session with all of its slots. A session is played once in a view: a second time, its answers would be known. */
const PLAYED_DAYS = sessionsBetween(addDays(LAST_DAY, -14), LAST_DAY)
  .slice(-(quick ? QUICK_LAKE : WHOLE_LAKE).sessions)
  .map(({ openAt }) => new Date(openAt).toISOString())

interface ViewFigures extends MeasuredView {
  /** Of all answers of the view, asked for at once, none of a slot that was asked for before; ms. */
  readonly dataMs: number | null
  /** Answered as the player asks, none of them known. */
  readonly answeredPerSecond: number | null
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-page-'))
  const browser = await openChromium()
  try {
    const lake: PageLakeOptions = { ...(quick ? QUICK_LAKE : WHOLE_LAKE), until: UNTIL }
    const bar = openProgressBar('slots stored', process.stderr.isTTY === true)
    await makePageLake(folder, lake, (done, total) => bar.update(done, total))
    bar.close()
    const daemon = await startDaemonProcess(process.argv[1] as string, { folder, at: AT })
    try {
      const goals = await measure(daemon, browser)
      printGoals('bench:page', [...goals, transferGoal()])
    } finally {
      await daemon.close()
    }
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(daemon: DaemonProcess, browser: Parameters<typeof interactiveMs>[0]): Promise<Goal[]> {
  const { url } = daemon
  const openings: number[] = []
  for (let n = 0; n < OPENINGS; n++) openings.push(await interactiveMs(browser, url))
  const page = await browser.newPage()
  const views: ViewFigures[] = []
  for (const [nth, name] of VIEWS.entries()) {
    const view = await measureView(page, {
      ...{ url, name, symbol: SYMBOL, at: OPENED_SLOT },
      played: PLAYED_VIEWS.has(name) ? PLAYED_DAYS : [],
    })
    views.push({ ...view, ...(await dataOf(url, view, nth)) })
  }
  await page.close()
  printViews(views)
  const slowest = Math.max(...views.flatMap(({ dataMs }) => dataMs ?? []))
  const least = Math.min(...views.flatMap(({ answeredPerSecond }) => answeredPerSecond ?? []))
  const played = Math.min(
    ...views.map(({ playedPerSecond }) => medianOrNull(playedPerSecond) ?? Number.POSITIVE_INFINITY),
  )
  return [
    {
      name: 'page drawn, fresh browser, median',
      value: Math.round(median(openings)),
      unit: 'ms',
      atMost: 1_000,
    },
    { name: 'data of a view, slowest, median', value: rounded(slowest), unit: 'ms', atMost: 100 },
    { name: 'slots answered, slowest view', value: Math.round(least), unit: 'slots/s', atLeast: 30 },
    {
      name: 'slots played in Chromium, median of the days, slowest view',
      value: Math.round(played),
      unit: 'slots/s',
      atLeast: 30,
    },
    ...(await updateGoals(daemon)),
  ]
}

/** Reads the answers of slots that nobody has looked at, so that nothing is answered from memory. */
async function dataOf(
  url: string,
  { paths, slotPaths }: MeasuredView,
  nth: number,
): Promise<Pick<ViewFigures, 'dataMs' | 'answeredPerSecond'>> {
  // A second later is the same slot under another path.
  const laterAt = (slot: number, seconds: number) =>
    new Date(Date.parse(slotAt(slot)) + 1_000 * (1 + nth + seconds)).toISOString()
  const readAt = async (some: readonly string[], at: string) => {
    await Promise.all(
      some.map((path) => readWhole(url + (hasSlot(path, OPENED_SLOT) ? pathAt(path, at) : path))),
    )
  }
  await readAt(paths, laterAt(3, 0))
  const each: number[] = []
  for (let n = 0; n < READS; n++) {
    const startedAtMs = performance.now()
    await readAt(paths, laterAt(4 + n, 20))
    each.push(performance.now() - startedAtMs)
  }
  if (slotPaths.length === 0) return { dataMs: median(each), answeredPerSecond: null }
  const slots = Array.from({ length: PLAYED_SLOTS }, (_, slot) => slot)
  const startedAtMs = performance.now()
  const next = slots.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const slot of next) await readAt(slotPaths, laterAt(slot, 40))
    }),
  )
  const answeredPerSecond = (slots.length * 1_000) / (performance.now() - startedAtMs)
  return { dataMs: median(each), answeredPerSecond }
}

async function readWhole(address: string): Promise<void> {
  const answer = await fetch(address)
  await answer.arrayBuffer()
  // Health is an answer, whatever it says.
  const isAnswer = answer.ok || (answer.status === 503 && address.endsWith('/health'))
  if (!isAnswer) throw new Error(`${address} answered ${answer.status}`)
}

/** How soon a commit is told, and what open pages cost: while nothing happens, and when a slot is stored. */
async function updateGoals(daemon: DaemonProcess): Promise<Goal[]> {
  const { url } = daemon
  const program = process.argv[1] as string
  const [idleAlone, idleOpen]: [number[], number[]] = [[], []]
  const [slotAlone, slotOpen]: [number[], number[]] = [[], []]
  const delaysMs: number[] = []
  // In turns: what the daemon does besides changes in the course of a minute.
  for (let n = 0; n < UPDATES; n++) {
    slotAlone.push(await cpuOfUpdate(daemon, url))
    idleAlone.push(await cpuWithin(daemon, () => sleep(IDLE_SECONDS)))
    const pages = await openPages(program, url, PAGES)
    slotOpen.push(await cpuOfUpdate(daemon, url, delaysMs))
    idleOpen.push(await cpuWithin(daemon, () => sleep(IDLE_SECONDS)))
    await pages.close()
  }
  const idle = Math.max(0, median(idleOpen) - median(idleAlone))
  const perUpdate = Math.max(0, median(slotOpen) - median(slotAlone))
  const share = idle / IDLE_SECONDS + perUpdate / INTERVAL_SECONDS
  return [
    { name: 'commit told to a page, median', value: rounded(median(delaysMs)), unit: 'ms', atMost: 50 },
    {
      name: `processor for ${PAGES} open pages`,
      value: rounded(100 * share),
      unit: '% of a core',
      atMost: 2,
    },
  ]
}

/** Processor seconds from the start of a cycle until its surfaces are stored and pages have read what they want. */
async function cpuOfUpdate(daemon: DaemonProcess, url: string, delaysMs: number[] = []): Promise<number> {
  const watcher = await openEventClient(url)
  const told = watcher.next('slot')
  const fitted = watcher.next('surface')
  const used = await cpuWithin(daemon, async () => {
    daemon.nextSlot()
    delaysMs.push(Math.max(0, (await told) - daemon.committedAtMs()))
    await fitted
    await sleep(2)
  })
  watcher.close()
  return used
}

async function cpuWithin(daemon: DaemonProcess, work: () => Promise<void>): Promise<number> {
  const before = daemon.cpuSeconds()
  await work()
  return daemon.cpuSeconds() - before
}

function transferGoal(): Goal {
  const bytes = pageFiles().reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0)
  return { name: 'all files of the page, compressed', value: rounded(bytes / 1_000), unit: 'kB', atMost: 150 }
}

function printViews(views: readonly ViewFigures[]): void {
  const text = (value: number | null, unit: string) => (value === null ? '–' : `${value.toFixed(0)} ${unit}`)
  console.log(
    formatTable(views, [
      { title: 'view', value: ({ name }) => name },
      { title: 'answers', align: 'right', value: ({ paths }) => String(paths.length) },
      { title: 'of a slot', align: 'right', value: ({ slotPaths }) => String(slotPaths.length) },
      { title: 'all of them', align: 'right', value: ({ dataMs }) => text(dataMs, 'ms') },
      { title: 'answered', align: 'right', value: ({ answeredPerSecond }) => text(answeredPerSecond, '/s') },
      {
        title: 'played',
        align: 'right',
        value: ({ playedPerSecond }) => text(medianOrNull(playedPerSecond), '/s'),
      },
      {
        title: 'each day',
        align: 'right',
        value: ({ playedPerSecond }) => playedPerSecond.map((rate) => rate.toFixed(0)).join(' '),
      },
    ]),
  )
}

function medianOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}

const [verb, folder, at] = process.argv.slice(2)
try {
  if (verb === SERVE && folder && at) await serveForBenchmark(folder, at)
  else if (verb === PAGES_OF && folder && at) await keepPagesOpen(folder, Number(at))
  else await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
