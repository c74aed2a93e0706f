import { uniformOf } from '../../market/random.ts'
import { DATA_TYPE_NUMBERS } from '../data-types.ts'
import { encode, frameOf } from '../wire/frames.ts'
import { errorMessage } from '../wire/messages.ts'
import type { MalformedForm } from './faults.ts'

/** Messages of a broken or malicious gateway. Only faults send them. */

const ABSURD = ['NaN', 'nan', 'Infinity', '-Infinity', '1.7976931348623157E308', '-1', '-2', '', 'x', '1e400']
const PRICE_TYPES = [1, 2, 4, 9, 37, 66, 67, 68, 75, 9_999]
const SIZE_TYPES = [0, 3, 5, 8, 27, 28, 69, 74, 9_999]

/** Absurd values for one stream, ticks of a request that was never made, and ends of requests that have ended or never began. */
export function hostileTicks(requestId: number): string {
  const unknown = requestId + 1_000_000
  const prices = ABSURD.flatMap((value, at) =>
    [requestId, unknown].map((id) => encode([1, 6, id, PRICE_TYPES[at] as number, value, value, 0])),
  )
  const sizes = ABSURD.flatMap((value, at) =>
    [requestId, unknown].map((id) => encode([2, 6, id, SIZE_TYPES[at % SIZE_TYPES.length] as number, value])),
  )
  const greeks = ABSURD.map((value, at) => {
    const type = at % 2 === 0 ? 13 : 83
    return encode([21, requestId, type, 0, value, value, value, value, value, value, value, value])
  })
  const ends = [52, 57, 55, 62, 64].flatMap((kind) => [
    encode([kind, 1, requestId]),
    encode([kind, 1, unknown]),
  ])
  const kinds = [...Object.values(DATA_TYPE_NUMBERS), 0, 99].map((type) => encode([58, 1, unknown, type]))
  return [...prices, ...sizes, ...greeks, ...ends, ...kinds, encode([45, 6, requestId, 24, 'NaN'])].join('')
}

/** One malformed frame. `noise` is a function of the seed. */
export function malformedFrame(form: MalformedForm, seed: number): string {
  switch (form) {
    case 'oversize_length':
      return '\xff\xff\xff\xff'
    case 'zero_length':
      return '\0\0\0\0'
    case 'unterminated':
      return frameOf('4\x002\x00-1\x002104\x00no end')
    case 'missing_fields':
      return encode([21, 1]) + encode([1]) + encode([17, 3])
    case 'wrong_types':
      return encode(['four', 'x', 'y', 'z']) + encode([10, 'a', '', '', '', '', '', ''])
    case 'made_up_count':
      return encode([17, 1, 'from', 'to', 2_000_000_000, '20260101', 1, 1, 1])
    case 'noise':
      return Array.from({ length: 64 }, (_, at) => String.fromCharCode(uniformOf(seed, at) * 256)).join('')
  }
}

/** None of these ends or changes the session: other faults do that. */
const FLOOD_CODES = [162, 200, 300, 321, 322, 354, 366, 399, 2_100, 2_137, 10_148]

/** The n-th error of a flood: known and unknown codes, for no request or one that was never made. */
export function floodError(at: number): string {
  const code = at % 7 === 0 ? 50_000 + (at % 1_000) : (FLOOD_CODES[at % FLOOD_CODES.length] as number)
  const requestId = at % 3 === 0 ? -1 : 1_000_000 + at
  return errorMessage(requestId, code, `flood ${at}: U7654321 \u00fc ${'x'.repeat(at % 50)}`)
}
