import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

/** Longest wait for a view on a busy machine, ms. */
const SHOWN_MS = 30_000
/** A view that asks for nothing any more for this long has shown what it has, ms. */
const QUIET_MS = 250

/** What is in a view, as a reader sees it. */
export interface ViewContent {
  /** Charts, maps and tables that are visible. */
  readonly drawings: number
  /** Its text, without what is hidden. */
  readonly text: string
  /** Messages of failures. */
  readonly failures: readonly string[]
  /** Lists of choices that are visible and show none of them. */
  readonly emptySelects: number
  /** Pixels by which the page is wider than the window. */
  readonly overflow: number
}

/** Between two looks at the page, ms. */
const LOOK_MS = 50

/**
 * Waits until an expression is true in the page. Playwright's own waiting evaluates it from within the page, which the page's
 * policy refuses. Rejects with `what` after `timeoutMs`.
 */
export async function awaitTrue(
  page: Page,
  expression: string,
  { what, timeoutMs = SHOWN_MS }: { readonly what: string; readonly timeoutMs?: number },
): Promise<void> {
  const startedAtMs = performance.now()
  while (!(await page.evaluate<boolean>(expression))) {
    if (performance.now() - startedAtMs > timeoutMs) throw new Error(what)
    await page.waitForTimeout(LOOK_MS)
  }
}

/** Waits until a view is there, is no longer busy and asks for nothing more. Rejects after half a minute. */
export async function awaitView(page: Page, view: string): Promise<void> {
  await page.locator(`.view-${view}`).waitFor({ state: 'attached', timeout: SHOWN_MS })
  const isQuiet = `(() => {
    const busy = document.querySelector('main [aria-busy=true], main[aria-busy=true]')
    // A part of a shown view that has neither content nor a message waits for its first answer.
    const isWaiting = [...document.querySelectorAll('main .view-content')].some((one) => one.hidden && one.previousElementSibling?.hidden && !one.parentElement.closest('[hidden]'))
    const last = performance.getEntriesByType('resource').reduce((end, one) => Math.max(end, one.responseEnd, one.startTime), 0)
    return !busy && !isWaiting && performance.now() - last > ${QUIET_MS}
  })()`
  await awaitTrue(page, isQuiet, { what: `${view} is still busy after ${SHOWN_MS / 1_000} s` })
}

const CONTENT = `(() => {
  const isShown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1
  const main = document.querySelector('main')
  const drawings = [...main.querySelectorAll('canvas, svg, table')].filter(isShown)
  const failures = [...document.querySelectorAll('#failure, main .view-message.fail')].filter(isShown).map((one) => one.textContent.trim())
  return {
    drawings: drawings.length,
    text: main.innerText,
    failures: failures.filter((text) => text !== ''),
    emptySelects: [...main.querySelectorAll('select')].filter((one) => isShown(one) && one.selectedIndex < 0).length,
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
  }
})()`

export function contentOf(page: Page): Promise<ViewContent> {
  return page.evaluate(CONTENT)
}

/** Texts that a value without a value leaves behind. */
const NO_TEXT = /\b(?:NaN|undefined|null|Infinity|Invalid Date|\[object \w+\])(?![\w'])/g

/** What a program wrote where a person should read something. */
export function leftovers(text: string): string[] {
  return [...new Set(text.match(NO_TEXT) ?? [])]
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[]
}

/** What axe-core finds: rule, advice and the first element of each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Not by a script element: the page's policy would refuse it, and rightly.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(AXE)
  const violations: AxeViolation[] = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
      ({ id, help, nodes: nodes.slice(0, 2).map(({ target, failureSummary }) => ({ target: target.map(String), failureSummary })) })))`,
  )
  return violations.map(({ id, help, nodes }) => {
    const [first] = nodes
    return `${id}: ${help}: ${first?.target.join(' ')} ${(first?.failureSummary ?? '').replaceAll(/\s+/g, ' ').slice(0, 200)}`
  })
}
