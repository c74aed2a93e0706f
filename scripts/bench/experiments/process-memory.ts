import { readdirSync, readFileSync } from 'node:fs'

const SAMPLE_INTERVAL_MS = 200

/** Watches the memory of a process and all that it starts. */
export interface MemoryWatch {
  /** The highest sum of resident memory so far, MB; null where the system does not say. */
  readonly peakMegabytes: number | null
  close(): void
}

export function watchMemory(pid: number): MemoryWatch {
  let peak: number | null = null
  const look = () => {
    const now = residentMegabytes(pid)
    if (now !== null) peak = Math.max(peak ?? 0, now)
  }
  const timer = setInterval(look, SAMPLE_INTERVAL_MS)
  look()
  return {
    get peakMegabytes() {
      return peak
    },
    close: () => clearInterval(timer),
  }
}

function residentMegabytes(root: number): number | null {
  let kilobytes: number | null = null
  const waiting = [root]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    try {
      const text = readFileSync(`/proc/${pid}/status`, 'utf8')
      kilobytes = (kilobytes ?? 0) + Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0)
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        waiting.push(...children.split(' ').filter(Boolean).map(Number))
      }
    } catch {
      // It has ended.
    }
  }
  return kilobytes === null ? null : (kilobytes * 1_024) / 1e6
}
