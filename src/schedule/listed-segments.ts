import { newYorkDate } from '../market/calendar.ts'
import { instantIn, isoDate, zoneOf } from '../market/listed-time.ts'
import { type EpochMs, type SessionDate, sessionDate } from '../market/units.ts'

/** One period of trading, as listed. */
export interface Segment {
  readonly from: EpochMs
  /** Excluded. */
  readonly to: EpochMs
}

/** What a text of hours lists, without what contradicts itself. */
export interface ListedSegments {
  /** In order, none twice, none overlapping another. */
  readonly segments: readonly Segment[]
  /** Days that are listed as closed. */
  readonly closed: ReadonlySet<SessionDate>
  /** New York dates on which the list contradicts itself. */
  readonly contradicted: ReadonlySet<SessionDate>
  /** One line for each part that cannot be read or contradicts itself. */
  readonly problems: readonly string[]
}

/** Enough for weeks of days with several segments each; IB sends less. */
const MAX_PIECES = 200
/** No exchange trades longer without a pause. */
const MAX_SEGMENT_MS = 24 * 3_600_000

/**
 * Reads IB's hours of a contract (`tradingHours`, `liquidHours`): `20261120:0930-20261120:1615;20261121:CLOSED`, also the
 * older form `20261120:0730-0925,0930-1615`, with its `timeZoneId`. Pure; never throws: what cannot be read, ends before
 * it begins, is longer than a day or overlaps another part becomes a problem, and is left out.
 */
export function readListedSegments(text: string, timeZoneId: string): ListedSegments {
  const zone = zoneOf(timeZoneId)
  const problems: string[] = []
  const closed = new Set<SessionDate>()
  const segments = new Map<string, Segment>()
  const contradicted = new Set<SessionDate>()
  if (zone === null) problems.push(`time zone "${timeZoneId.slice(0, 40)}" is unknown`)
  const pieces = zone === null ? [] : text.slice(0, MAX_PIECES * 64).split(';')
  for (const piece of pieces.map((one) => one.trim()).filter((one) => one !== '')) {
    const read = readPiece(piece, zone as string)
    if (typeof read === 'string' || segments.size > MAX_PIECES) {
      problems.push(`"${piece.slice(0, 60)}" ${typeof read === 'string' ? read : 'cannot be read'}`)
    } else if (read.closed) closed.add(read.date)
    else for (const segment of read.segments) segments.set(`${segment.from} ${segment.to}`, segment)
  }
  const ordered = [...segments.values()].sort((a, b) => a.from - b.from || a.to - b.to)
  for (const date of overlappingDates(ordered)) {
    problems.push(`segments of ${date} overlap`)
    contradicted.add(date)
  }
  return { segments: ordered, closed, contradicted, problems }
}

/** The New York dates that overlapping segments touch. */
function overlappingDates(ordered: readonly Segment[]): Set<SessionDate> {
  const dates = new Set<SessionDate>()
  let last: Segment | null = null
  for (const segment of ordered) {
    if (last && segment.from < last.to) {
      dates.add(endDateOf(last))
      dates.add(endDateOf(segment))
    }
    if (!last || segment.to > last.to) last = segment
  }
  return dates
}

/** The New York date on which a segment ends; midnight is the end of a day. */
export function endDateOf({ to }: Segment): SessionDate {
  return newYorkDate((to - 1) as EpochMs)
}

type Piece =
  | { readonly closed: true; readonly date: SessionDate }
  | { readonly closed: false; readonly segments: readonly Segment[] }

/** A piece, or what is wrong with it. */
function readPiece(piece: string, zone: string): Piece | string {
  const [, day, rest] = /^(\d{8}):(.+)$/.exec(piece) ?? []
  if (day === undefined || rest === undefined) return 'cannot be read'
  if (rest === 'CLOSED') {
    const date = dateOf(day)
    return date === null ? 'cannot be read' : { closed: true, date }
  }
  const segments: Segment[] = []
  for (const range of rest.split(',')) {
    const segment = readRange(range, day, zone)
    if (typeof segment === 'string') return segment
    segments.push(segment)
  }
  return { closed: false, segments }
}

/** `0930-20261120:1615`, `0930-1615` when it ends on the same day, or with a day of its own; or what is wrong with it. */
function readRange(range: string, day: string, zone: string): Segment | string {
  const [, ownDay, open, endDay, close] = /^(?:(\d{8}):)?(\d{4})-(?:(\d{8}):)?(\d{4})$/.exec(range) ?? []
  if (open === undefined || close === undefined) return 'cannot be read'
  const from = instantIn(zone, ownDay ?? day, open)
  const to = instantIn(zone, endDay ?? ownDay ?? day, close)
  if (from === null || to === null) return 'cannot be read'
  if (to <= from) return 'closes before it opens'
  return to - from > MAX_SEGMENT_MS ? 'is longer than a day' : { from, to }
}

function dateOf(day: string): SessionDate | null {
  try {
    return sessionDate(isoDate(day))
  } catch {
    return null
  }
}
