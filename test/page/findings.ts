import type { Goal } from '../../scripts/bench/report.ts'
import type { Played } from './play.ts'

/** What can be wrong with the page, with the words of its goal. */
const KINDS = {
  content: 'views without their content, or with a failure',
  leftovers: 'values written as NaN, null or undefined',
  console: 'errors and warnings of the console',
  policy: 'violations of the content security policy',
  foreign: 'requests to other origins',
  accessibility: 'accessibility faults (axe-core)',
  overflow: 'views wider than the window',
  keys: 'uses of the keyboard without effect',
  live: 'slots that an open page did not show',
} as const

export type FindingKind = keyof typeof KINDS

/** What was tried and found. Each fault is printed once, when it is found. */
export interface Findings {
  /** One view was opened in one case and look. */
  visited(): void
  fault(kind: FindingKind, where: string, what: string): void
  played(view: string, played: Played, slots: number): void
  /** The page could be used for the first time, ms after the navigation began. */
  opened(ms: number): void
  goals(): Goal[]
}

export function createFindings(): Findings {
  const counts = new Map<FindingKind, number>()
  const seen = new Set<string>()
  const all: { readonly view: string; readonly played: Played; readonly slots: number }[] = []
  const opened: number[] = []
  let visits = 0
  return {
    visited: () => {
      visits++
    },
    fault: (kind, where, what) => {
      const line = `${where}: ${kind}: ${what}`
      if (seen.has(line)) return
      seen.add(line)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      console.log(line)
    },
    played: (view, played, slots) => {
      all.push({ view, played, slots })
      const rate = played.slotsPerSecond?.toFixed(1) ?? '–'
      console.log(
        `${view}: ${played.shown} of ${slots} slots played, ${rate} a second, longest frame ${Math.round(played.longestFrameMs)} ms`,
      )
    },
    opened: (ms) => {
      opened.push(ms)
    },
    goals: () => {
      const rates = all.map(({ played }) => played.slotsPerSecond ?? 0)
      const left = all.map(({ played, slots }) => Math.max(0, slots - played.shown))
      const why = 'the stored day was not opened'
      return [
        { name: 'views opened', value: visits, unit: 'views', atLeast: 1 },
        ...Object.entries(KINDS).map(([kind, name]) => ({
          ...{ name, value: counts.get(kind as FindingKind) ?? 0, unit: 'faults', atMost: 0 },
        })),
        {
          ...{ name: 'slots that were left out in play', unit: 'slots', atMost: 0, why },
          value: left.length === 0 ? null : Math.max(...left),
        },
        {
          ...{ name: 'slots played a second, slowest view', unit: '/s', atLeast: 29, why },
          value: rates.length === 0 ? null : Math.min(...rates),
        },
        {
          ...{ name: 'first view on the screen, slowest', unit: 'ms', atMost: 1_000, why },
          value: opened.length === 0 ? null : Math.max(...opened),
        },
      ]
    },
  }
}
