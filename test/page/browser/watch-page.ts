import type { Page } from 'playwright-core'

/** What a browser had to say against a page. */
export interface Complaints {
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly console: string[]
  /** What the content security policy forbade. */
  readonly policy: string[]
  /** Requests to other origins. */
  readonly foreign: string[]
}

/** Written by the page's own listener, so that a violation counts even where the console is silent. */
const VIOLATION = 'policy violation: '
const LISTEN = `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
  console.debug('${VIOLATION}' + [effectiveDirective, blockedURI, sourceFile, lineNumber].join(' ')))`

/** Collects complaints from now on; to be called before the page is opened. */
export async function watchPage(page: Page, origin: string): Promise<Complaints> {
  const complaints: Complaints = { console: [], policy: [], foreign: [] }
  await page.addInitScript(LISTEN)
  page.on('console', (message) => {
    const text = message.text()
    if (text.startsWith(VIOLATION)) complaints.policy.push(text.slice(VIOLATION.length))
    else if (message.type() === 'error' || message.type() === 'warning')
      complaints.console.push(`${text} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.console.push(`not caught: ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.foreign.push(url.slice(0, 100))
  })
  return complaints
}
