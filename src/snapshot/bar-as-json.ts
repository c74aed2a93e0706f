import type { UnderlyingBarRow } from './underlying-bars.ts'

/** A bar whose times are ISO text, as JSON answers have them. */
export type BarAsJson = Omit<UnderlyingBarRow, 'timestamp' | 'first_at' | 'last_at'> & {
  readonly timestamp: string
  readonly first_at: string
  readonly last_at: string
}

export function barAsJson(bar: UnderlyingBarRow): BarAsJson {
  const iso = (at: number) => new Date(at).toISOString()
  return {
    ...bar,
    timestamp: iso(bar.timestamp),
    first_at: iso(bar.first_at),
    last_at: iso(bar.last_at),
  }
}
