import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { openEventClient } from './event-client.ts'

/** Open pages in a process of their own, so that what they do delays neither the daemon's figures nor the watcher's. */
export interface OpenPages {
  close(): Promise<void>
}

export const PAGES_OF = '--pages-of'
/** Events of one commit come together, and a page answers them together, ms. */
const TOGETHER_MS = 10

/** What a page with the status view, which follows the newest slot, reads again for an event. */
const READ_AFTER: Readonly<Record<string, readonly string[]>> = {
  slot: ['/api/slots', '/api/sessions?symbol=SPY', '/api/views/status', '/api/health', '/api/views/figures'],
  figures: ['/api/views/status', '/api/health', '/api/views/figures'],
  health: ['/api/views/status', '/api/health'],
}

/** What the process does: keeps the pages open until its input ends. */
export async function keepPagesOpen(url: string, count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => openOne(url)))
  console.log('open')
  for await (const _ of createInterface({ input: process.stdin })) {
    // Nothing is said to it but the end.
  }
  for (const client of clients) client.close()
}

function openOne(url: string) {
  const wanted = new Set<string>()
  return openEventClient(url, (name) => {
    const paths = READ_AFTER[name] ?? []
    if (wanted.size === 0 && paths.length > 0) {
      setTimeout(() => {
        const all = [...wanted]
        wanted.clear()
        for (const path of all) void read(url + path)
      }, TOGETHER_MS)
    }
    for (const path of paths) wanted.add(path)
  })
}

async function read(address: string): Promise<void> {
  const answer = await fetch(address)
  await answer.arrayBuffer()
}

export function openPages(program: string, url: string, count: number): Promise<OpenPages> {
  const child = spawn(process.execPath, [program, PAGES_OF, url, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const close = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.stdin.end()
    })
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the pages ended before they were open')))
    createInterface({ input: child.stdout }).once('line', () => resolve({ close }))
  })
}
