import { daysBetween, type SessionDate, sessionDate } from '../../../market/units.ts'

const FIRST_EXPIRY = sessionDate('2010-01-01')
const STRIKE_BITS = 13
const DAY_BITS = 14
const CLASS_BITS = 3
const MASK = 0x7fffffff

/**
 * A contract id that looks as arbitrary as a broker's but is the same in every process and on every day: the parts of the
 * contract are packed into 31 bits and scrambled by invertible steps, so no two contracts share an id.
 * `classNumber` is 0 to 7; strikes are multiples of half a dollar below 4,096; expiries end in 2054.
 * Throws a RangeError for values that do not fit.
 */
export function contractId(contract: {
  classNumber: number
  expiry: SessionDate
  strike: number
  right: 'C' | 'P'
}): number {
  const { classNumber, expiry, strike, right } = contract
  const halves = strike * 2
  const days = daysBetween(FIRST_EXPIRY, expiry)
  const fits =
    isIn(classNumber, 0, 2 ** CLASS_BITS) && isIn(halves, 1, 2 ** STRIKE_BITS) && isIn(days, 0, 2 ** DAY_BITS)
  if (!fits) throw new RangeError(`no contract id for class ${classNumber}, ${expiry}, strike ${strike}`)
  const packed = (((classNumber << DAY_BITS) | days) << STRIKE_BITS) | halves
  return scramble((packed << 1) | (right === 'C' ? 1 : 0))
}

function isIn(value: number, from: number, below: number): boolean {
  return Number.isInteger(value) && value >= from && value < below
}

/** Multiplying by an odd number and xor with a right shift are one-to-one on 31 bits. */
function scramble(packed: number): number {
  let id = packed & MASK
  for (const odd of [0x2545f491, 0x5851f42d]) {
    id = Math.imul(id, odd) & MASK
    id ^= id >>> 15
  }
  return id
}
