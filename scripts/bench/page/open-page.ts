import type { Browser, Page } from 'playwright-core'
import { awaitView } from '../../../test/page/browser/view-check.ts'
import { play } from '../../../test/page/play.ts'

/** What a view asks the server for, and how fast it plays. */
export interface MeasuredView {
  readonly name: string
  /** Everything that the view and its frame ask for when it is opened on a slot. */
  readonly paths: readonly string[]
  /** Those with `at`, which are asked for again with every slot. */
  readonly slotPaths: readonly string[]
  /** Of each day played, at the highest speed; empty where it was not played. */
  readonly playedPerSecond: readonly number[]
}

const INTERACTIVE_MS = 30_000

/** Milliseconds from the navigation of a browser that knows nothing until the first view is drawn. */
export async function interactiveMs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url, { waitUntil: 'commit' })
  const isReady = `(() => {
    const main = document.querySelector('main')
    const isDrawn = [...(main?.querySelectorAll('canvas, svg, table') ?? [])].some((one) => one.checkVisibility())
    return isDrawn && !document.querySelector('[aria-busy=true]') ? performance.now() : 0
  })()`
  let at = 0
  const startedAtMs = performance.now()
  while (at === 0) {
    at = await page.evaluate<number>(isReady)
    if (performance.now() - startedAtMs > INTERACTIVE_MS)
      throw new Error('the page was not drawn within 30 s')
  }
  await context.close()
  return at
}

/** Opens a view on a stored slot, notes what it asks for, and plays the days of some slots. */
export async function measureView(
  page: Page,
  one: {
    readonly url: string
    readonly name: string
    readonly symbol: string
    readonly at: string
    /** A slot of each day to play. */
    readonly played: readonly string[]
  },
): Promise<MeasuredView> {
  const { url, name, symbol, at, played } = one
  const open = async (slot: string) => {
    await page.goto(`${url}/#/${name}/${symbol}?at=${encodeURIComponent(slot)}`)
    await page.reload()
    await awaitView(page, name)
  }
  const asked = new Set<string>()
  const note = (request: { url(): string }) => asked.add(request.url().slice(url.length))
  page.on('request', note)
  await open(at)
  page.off('request', note)
  const paths = [...asked].filter((path) => /^\/(api|health)\b/.test(path) && path !== '/api/events')
  const slotPaths = paths.filter((path) => hasSlot(path, at))
  const playedPerSecond: number[] = []
  for (const slot of played) {
    await open(slot)
    const { slotsPerSecond } = await play(page)
    if (slotsPerSecond === null) throw new Error(`${name} did not play the day of ${slot}`)
    playedPerSecond.push(slotsPerSecond)
  }
  return { name, paths, slotPaths, playedPerSecond }
}

export function hasSlot(path: string, at: string): boolean {
  const text = new URLSearchParams(path.split('?')[1] ?? '').get('at')
  return text !== null && Date.parse(text) === Date.parse(at)
}

/** The same path for another slot. */
export function pathAt(path: string, at: string): string {
  const [route = '', query = ''] = path.split('?')
  const parameters = new URLSearchParams(query)
  parameters.set('at', at)
  return `${route}?${parameters}`
}
