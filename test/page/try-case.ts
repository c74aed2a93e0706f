import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, awaitView, contentOf, leftovers } from './browser/view-check.ts'
import { type Complaints, watchPage } from './browser/watch-page.ts'
import type { PageCase } from './cases.ts'
import type { Findings } from './findings.ts'
import { tryKeys } from './keys.ts'
import { followLive } from './live.ts'
import { SYMBOLS } from './page-lake.ts'
import { play } from './play.ts'
import type { ServedLake } from './served-lake.ts'

/** In the order of the page. */
export const VIEWS = [
  'status',
  'coverage',
  'smile',
  'term-structure',
  'volatility',
  'expected-move',
  'positioning',
  'chain',
  'collection',
] as const

export const LOOKS = [
  { name: 'light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
] as const

export type Look = (typeof LOOKS)[number]

/** These draw in every lake: the state of the daemon, and the lake's size. */
const DRAW_ALWAYS: ReadonlySet<string> = new Set(['status', 'collection'])

interface Trial {
  readonly one: PageCase
  readonly served: ServedLake
  readonly views: readonly string[]
  readonly looks: readonly Look[]
  readonly findings: Findings
  readonly screenshots: string | null
}

/** Opens each view in each look, and in the first look of a stored day also plays it and uses the keyboard. */
export async function tryCase(browser: Browser, trial: Trial): Promise<void> {
  const { one, served, views, looks, findings, screenshots } = trial
  for (const look of looks) {
    const context = await browser.newContext({ viewport: look.viewport, colorScheme: look.colorScheme })
    const page = await context.newPage()
    const complaints = await watchPage(page, served.url)
    for (const [nth, view] of views.entries()) {
      const where = `${one.name}, ${view}, ${look.name}`
      await page.goto(`${served.url}/#/${view}/${SYMBOLS[nth % SYMBOLS.length]}`)
      await awaitView(page, view).catch((error: Error) => findings.fault('content', where, firstLine(error)))
      if (nth === 0 && one.name === 'stored') findings.opened(await firstViewMs(page))
      await checkView(page, { one, view, where, complaints, findings })
      if (screenshots !== null) {
        const path = join(screenshots, `${one.name}-${view}-${look.name}.png`)
        await takeScreenshot(page, look, path)
      }
      findings.visited()
    }
    if (look === LOOKS[0] && views.length === VIEWS.length) await usePage(page, trial, complaints)
    await context.close()
  }
  if (one.name === 'stored') for (const view of views) await playView(browser, view, trial)
}

/** In a window as high as the page: the bar at its foot would cover the middle otherwise. */
async function takeScreenshot(page: Page, { viewport }: Look, path: string): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight')
  await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, height) })
  await page.waitForTimeout(100)
  await page.screenshot({ path })
  await page.setViewportSize(viewport)
}

async function checkView(
  page: Page,
  {
    one,
    view,
    where,
    complaints,
    findings,
  }: {
    readonly one: PageCase
    readonly view: string
    readonly where: string
    readonly complaints: Complaints
    readonly findings: Findings
  },
): Promise<void> {
  const { drawings, text, failures, overflow, emptySelects } = await contentOf(page)
  for (const failure of failures) findings.fault('content', where, failure)
  if (drawings === 0 && (one.hasData || DRAW_ALWAYS.has(view)))
    findings.fault('content', where, 'nothing is drawn')
  if (text.trim().split('\n').length < 2) findings.fault('content', where, 'nothing is said')
  for (const left of leftovers(text)) findings.fault('leftovers', where, left)
  if (emptySelects > 0) findings.fault('content', where, 'a list of choices shows none of them')
  if (overflow > 0) findings.fault('overflow', where, `${overflow} pixels`)
  report(complaints, where, findings)
  for (const fault of await accessibilityFaults(page)) findings.fault('accessibility', where, fault)
}

/** Reports what the browser has complained of since the last time. */
function report(complaints: Complaints, where: string, findings: Findings): void {
  for (const kind of ['console', 'policy', 'foreign'] as const) {
    for (const what of complaints[kind].splice(0)) findings.fault(kind, where, what)
  }
}

async function usePage(page: Page, { one, served, findings }: Trial, complaints: Complaints): Promise<void> {
  if (one.name === 'stored') {
    for (const failure of await tryKeys(page, VIEWS)) findings.fault('keys', one.name, failure)
  }
  if (one.name === 'holes') {
    await page.goto(`${served.url}/#/status/SPY`)
    await page.keyboard.press('l')
    for (const failure of await followLive(page, served)) findings.fault('live', one.name, failure)
  }
  report(complaints, `${one.name}, used`, findings)
}

/** A browser that has no answers yet plays a stored day. */
async function playView(browser: Browser, view: string, { served, findings }: Trial): Promise<void> {
  const context = await browser.newContext({ viewport: LOOKS[0].viewport })
  const page = await context.newPage()
  const complaints = await watchPage(page, served.url)
  await page.goto(`${served.url}/#/${view}/SPY`)
  await awaitView(page, view).catch(() => {})
  const slots = await page.locator('#strip .stored').count()
  findings.played(view, await play(page), slots)
  const { failures, text } = await contentOf(page)
  for (const failure of failures) findings.fault('content', `${view}, played`, failure)
  for (const left of leftovers(text)) findings.fault('leftovers', `${view}, played`, left)
  report(complaints, `${view}, played`, findings)
  await context.close()
}

/** From the start of the navigation until the first view had its content. */
function firstViewMs(page: Page): Promise<number> {
  return page.evaluate<number>(
    `Math.max(...performance.getEntriesByType('resource').map(({ responseEnd }) => responseEnd), performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd)`,
  )
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? message
}
