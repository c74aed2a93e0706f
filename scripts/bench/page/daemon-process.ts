import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs } from '../../../src/market/units.ts'
import { LAST_DAY } from '../../../test/page/page-lake.ts'
import { openServedLake } from '../../../test/page/served-lake.ts'

/** A daemon in a process of its own, so that its processor time is not that of its clients. */
export interface DaemonProcess {
  readonly url: string
  /** Lets the daemon's time go on to its next slot, which it then collects. */
  nextSlot(): void
  /** Seconds of processor time that it has used so far. */
  cpuSeconds(): number
  /** When the newest version of `option_snapshots` became visible, ms of the machine's clock. */
  committedAtMs(): number
  close(): Promise<void>
}

export const SERVE = '--serve'
const INTERVAL_MS = 300_000
const SPEED = 60
/** /proc counts in hundredths of a second on every Linux. */
const TICKS_A_SECOND = 100

/** What the process does: serves the lake until its input ends, and goes on by a slot for each line. */
export async function serveForBenchmark(folder: string, at: string): Promise<void> {
  const served = await openServedLake(folder, { port: 0, startAt: newYorkInstant(LAST_DAY, at) })
  console.log(served.url)
  const { clock } = served
  for await (const _ of createInterface({ input: process.stdin })) {
    const next = epochMs((Math.floor(clock.now() / INTERVAL_MS) + 1) * INTERVAL_MS)
    clock.setSpeed(SPEED)
    while (clock.now() < next) await new Promise((resolve) => setTimeout(resolve, 5))
    clock.setSpeed(1)
  }
  await served.close()
}

export async function startDaemonProcess(
  program: string,
  { folder, at }: { readonly folder: string; readonly at: string },
): Promise<DaemonProcess> {
  const child = spawn(process.execPath, [program, SERVE, folder, at], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const url = await firstLine(child)
  const log = join(folder, 'option_snapshots', '_delta_log')
  return {
    url,
    nextSlot: () => void child.stdin?.write('\n'),
    cpuSeconds: () => cpuSecondsOf(child.pid as number),
    committedAtMs: () => {
      const commits = readdirSync(log).filter((name) => /^\d+\.json$/.test(name))
      // The commit is a link to a finished file: the change time is that of the link.
      return statSync(join(log, commits.sort().at(-1) as string)).ctimeMs
    },
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.stdin?.end()
      }),
  }
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (stdout === null) return reject(new Error('no output'))
    const lines = createInterface({ input: stdout })
    lines.once('line', resolve)
    lines.once('close', () => reject(new Error('the daemon ended before it served')))
  })
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
