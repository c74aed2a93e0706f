import type { Notice } from './notices.ts'

/** How often each code was received. Bounded, even if the gateway sends arbitrary codes. */
export interface NoticeCounts {
  count(notice: Notice): void
  /** Codes beyond the first 200 are counted under −1. */
  byCode(): Record<number, number>
}

const MAX_CODES = 200

export function createNoticeCounts(): NoticeCounts {
  const counts = new Map<number, number>()
  return {
    count: ({ code }) => {
      const key = counts.has(code) || counts.size < MAX_CODES ? code : -1
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    byCode: () => Object.fromEntries(counts),
  }
}
