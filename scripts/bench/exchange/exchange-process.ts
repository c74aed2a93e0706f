import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = resolve(import.meta.dirname, '../../../../dist/main.js')

/** `optionlake exchange` in a process of its own, on a free port. */
export interface ExchangeProcess {
  readonly url: string
  /** Resident memory, bytes; null where the system does not say. */
  residentBytes(): number | null
  stop(): Promise<void>
}

export async function startExchangeProcess(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ExchangeProcess> {
  const child = spawn(process.execPath, [MAIN, 'exchange', '--port', '0', '--json', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (done) throw new Error('the exchange ended early')
  const { url } = JSON.parse(value) as { url: string }
  return {
    url,
    residentBytes: () => residentBytes(child.pid),
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function residentBytes(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024
  } catch {
    return null
  }
}
