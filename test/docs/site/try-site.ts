import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { Goal } from '../../../scripts/bench/report.ts'
import { openChromium } from '../../page/browser/chromium.ts'
import { accessibilityFaults } from '../../page/browser/view-check.ts'
import { type Complaints, watchPage } from '../../page/browser/watch-page.ts'

const LOOKS = [
  { name: 'light', width: 1_280, colorScheme: 'light' },
  { name: 'dark', width: 1_280, colorScheme: 'dark' },
  { name: 'phone', width: 390, colorScheme: 'light' },
] as const

/** Longest time for a daemon to answer on a busy machine. */
const START_MS = 120_000

const KINDS = {
  links: 'links, images and anchors that lead to nothing',
  console: 'errors and warnings of the console',
  policy: 'violations of the content security policy',
  foreign: 'requests to other origins',
  accessibility: 'accessibility faults (axe-core)',
  overflow: 'pages wider than the window',
  search: 'uses of the search without effect',
} as const
type Kind = keyof typeof KINDS

export interface SiteOptions {
  readonly root: string
  /** For the lake of the daemon. */
  readonly folder: string
  /** Where a picture of each page goes; null: none is taken. */
  readonly screenshots: string | null
}

/**
 * Starts a daemon and opens every page below its /docs in Chromium: light, dark and as on a phone. Prints each fault.
 * @throws Failure EXIT.unreachable without Chromium.
 */
export async function trySite(options: SiteOptions): Promise<Goal[]> {
  const browser = await openChromium()
  const daemon = await startDaemon(options)
  const found: { kind: Kind; line: string }[] = []
  const note = (kind: Kind, line: string) => {
    if (found.some((one) => one.line === line)) return
    found.push({ kind, line })
    console.log(`${kind}: ${line}`)
  }
  try {
    const pages = await checkLinks(daemon.origin, note)
    for (const look of LOOKS)
      await openPages(browser, { ...options, origin: daemon.origin, look, pages, note })
    return [
      { name: 'pages', value: pages.length, unit: 'pages', atLeast: 30 },
      ...Object.entries(KINDS).map(([kind, name]) => ({
        ...{ name, value: found.filter((one) => one.kind === kind).length, unit: 'faults', atMost: 0 },
      })),
    ]
  } finally {
    await browser.close()
    await daemon.stop()
  }
}

type Note = (kind: Kind, line: string) => void

/** Follows every link of the site from its first page. Returns the paths of all pages. */
async function checkLinks(origin: string, note: Note): Promise<string[]> {
  const texts = new Map<string, string | null>()
  const links: { readonly from: string; readonly to: URL }[] = []
  const waiting = ['/docs/', '/docs/index.html']
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (texts.has(path)) continue
    const answer = await fetch(origin + path)
    const isPage = answer.headers.get('Content-Type')?.startsWith('text/html') ?? false
    const text = await answer.text()
    texts.set(path, answer.ok ? text : null)
    if (!isPage || !path.startsWith('/docs/')) continue
    for (const [, target = ''] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const to = new URL(target, origin + path)
      if (to.origin !== origin) continue
      links.push({ from: path, to })
      waiting.push(to.pathname)
    }
  }
  for (const { from, to } of links) {
    const text = texts.get(to.pathname) ?? null
    const anchor = decodeURIComponent(to.hash.slice(1))
    if (text === null) note('links', `${from}: ${to.pathname} is not there`)
    else if (anchor !== '' && !text.includes(` id="${anchor}"`))
      note('links', `${from}: ${to.pathname} has no ${to.hash}`)
  }
  return [...texts.keys()].filter((path) => path.startsWith('/docs/') && path.endsWith('.html'))
}

interface Visit {
  readonly origin: string
  readonly look: (typeof LOOKS)[number]
  readonly pages: readonly string[]
  readonly screenshots: string | null
  readonly note: Note
}

async function openPages(browser: Browser, { origin, look, pages, screenshots, note }: Visit): Promise<void> {
  const { name, width, colorScheme } = look
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
  const page = await context.newPage()
  const complaints = await watchPage(page, origin)
  for (const path of pages) {
    const where = `${path} ${name}`
    await page.goto(origin + path, { waitUntil: 'networkidle' })
    for (const fault of await accessibilityFaults(page)) note('accessibility', `${where}: ${fault}`)
    const overflow: number = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    if (overflow > 0) note('overflow', `${where}: ${overflow} pixels`)
    if (screenshots !== null) {
      const file = `${path.replace(/^\/docs\/|\.html$/g, '') || 'index'}-${name}.png`
      await page.screenshot({ path: join(screenshots, file) })
    }
    noteAll(complaints, where, note)
  }
  await useSearch(page, origin, (what) => note('search', `${name}: ${what}`))
  noteAll(complaints, `search ${name}`, note)
  await context.close()
}

function noteAll(complaints: Complaints, where: string, note: Note): void {
  for (const kind of ['console', 'policy', 'foreign'] as const)
    for (const one of complaints[kind].splice(0)) note(kind, `${where}: ${one}`)
}

/** By keyboard, as a reader who looks for something. */
async function useSearch(page: Page, origin: string, fault: (what: string) => void): Promise<void> {
  await page.goto(`${origin}/docs/`)
  const found = page.locator('#found')
  await page.locator('#search').focus()
  await page.keyboard.type('recovery drill')
  await found.locator('a').first().waitFor({ timeout: START_MS })
  for (const one of await accessibilityFaults(page)) fault(`results: ${one}`)
  await page.keyboard.press('Escape')
  if (await found.isVisible()) fault('Escape does not close the results')
  await page.keyboard.type('recovery drill')
  await found.locator('a').first().waitFor({ timeout: START_MS })
  await page.keyboard.press('Enter')
  await page.waitForURL('**/docs/operations.html#**', { timeout: START_MS }).catch(() => {
    fault(`Enter leads to ${page.url()}, and not to the drills of operations`)
  })
}

/** A daemon of an empty lake with the embedded simulator, on a free port. */
async function startDaemon({ root, folder }: SiteOptions) {
  const program = join(root, 'dist/main.js')
  const child = spawn(process.execPath, [program, 'run', '--lake', join(folder, 'lake')], {
    cwd: folder,
    env: { ...process.env, OPTIONLAKE_HTTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += String(data)
    })
  const ended = once(child, 'exit')
  const endMs = performance.now() + START_MS
  for (;;) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? []
    if (origin !== undefined)
      return {
        origin,
        async stop() {
          child.kill('SIGTERM')
          await ended
        },
      }
    if (child.exitCode !== null || performance.now() > endMs) {
      child.kill('SIGKILL')
      throw new Error(`the daemon does not say where it listens: ${output.slice(-500)}`)
    }
    await setTimeout(50)
  }
}
