import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SlotCommit } from '../../src/lake/write/append.ts'
import { median } from './report.ts'

/** Enough for V8 to optimise the code. */
const WARM_UP = 20
const MOST_RUNS = 51
const LEAST_RUNS = 3
const BUDGET_MS = 6_000

/** Median of a warm query: 51 runs, or as many as six seconds allow, but at least three. */
export async function medianMs(ask: (nth: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  const beganAtMs = performance.now()
  for (let nth = 0; taken.length < MOST_RUNS; nth++) {
    const startedAtMs = performance.now()
    await ask(nth)
    const warm = nth >= WARM_UP || startedAtMs - beganAtMs > BUDGET_MS / 3
    if (warm) taken.push(performance.now() - startedAtMs)
    if (taken.length >= LEAST_RUNS && performance.now() - beganAtMs > BUDGET_MS) break
  }
  return median(taken)
}

/** Time for a new process to open the lake and list its files, ms: median of five processes. */
export function openingMs(folder: string): number {
  const script = resolve(import.meta.dirname, 'lake-open.js')
  const once = () => JSON.parse(execFileSync(process.execPath, [script, folder]).toString()) as { ms: number }
  return median(Array.from({ length: 5 }, () => once().ms))
}

export interface ResidentMemory {
  /** Bytes, the largest value between two slots. */
  readonly most: number
  /** Bytes, the peak: while a day is compacted. */
  readonly peak: number
  /** Bytes: median of the last quarter of the commits minus that of the second. */
  readonly growth: number
}

/**
 * Resident memory of a process that stores `commits` slots like `template`, as the daemon does. It has no child processes.
 */
export function measureResidentMemory(
  folder: string,
  commits: number,
  template: SlotCommit,
  environment: Readonly<Record<string, string>> = {},
): ResidentMemory {
  const lake = mkdtempSync(join(folder, 'commits-'))
  const rows = join(folder, 'slot.json')
  writeFileSync(rows, JSON.stringify(template))
  const script = resolve(import.meta.dirname, 'lake-commits.js')
  const printed = execFileSync(process.execPath, [script, lake, String(commits), rows], {
    env: { ...process.env, ...environment },
  }).toString()
  rmSync(lake, { recursive: true })
  const lines = printed.trim().split('\n')
  const peak = Number(lines.pop()?.split(' ')[1])
  const resident = lines.map((line) => Number(line.split(' ')[1]))
  const quarter = Math.floor(resident.length / 4)
  return {
    most: Math.max(...resident),
    peak,
    growth: median(resident.slice(-quarter)) - median(resident.slice(quarter, 2 * quarter)),
  }
}
