import { addDays, daysBetween, type SessionDate, sessionDate } from '../../../market/units.ts'

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

const SECOND_FIRST_EXPIRY = sessionDate('2016-01-01')
const SECOND_CLASS_BITS = 5
const SECOND_DAY_BITS = 13
const INDEX_BITS = 11
/** Set in no id of `contractId` for a strike below 2,048 dollars. */
const SECOND_SPACE = 1 << STRIKE_BITS
const BELOW_SPACE = SECOND_SPACE - 1

/** A contract of the second space of ids. */
export interface ClassContract {
  /** 0 to 15: classes of indices and adjusted stocks; 16 to 31: futures and their options. */
  readonly classNumber: number
  /** 2016 to 2038. */
  readonly expiry: SessionDate
  /** Number of the strike in its class: 0 to 2,047. */
  readonly strikeIndex: number
  readonly right: 'C' | 'P'
}

/**
 * Ids of classes that the first space has no numbers for. They share no id with those of stocks below 2,048 dollars, and
 * tell what they are of: `classContractOf` is the way back, so that a contract is found before its class is listed.
 * Throws a RangeError for values that do not fit.
 */
export function classContractId(contract: ClassContract): number {
  const { classNumber, expiry, strikeIndex, right } = contract
  const days = daysBetween(SECOND_FIRST_EXPIRY, expiry)
  const fits =
    isIn(classNumber, 0, 2 ** SECOND_CLASS_BITS) &&
    isIn(strikeIndex, 0, 2 ** INDEX_BITS) &&
    isIn(days, 0, 2 ** SECOND_DAY_BITS)
  if (!fits) {
    throw new RangeError(`no contract id for class ${classNumber}, ${expiry}, strike number ${strikeIndex}`)
  }
  const upper = (classNumber << SECOND_DAY_BITS) | days
  const packed = (((upper << INDEX_BITS) | strikeIndex) << 1) | (right === 'C' ? 1 : 0)
  return scramble(((packed >>> STRIKE_BITS) << (STRIKE_BITS + 1)) | SECOND_SPACE | (packed & BELOW_SPACE))
}

/** What an id of the second space is of; null for any other. The contract may not be listed. */
export function classContractOf(conId: number): ClassContract | null {
  if (!isIn(conId, 1, 2 ** 31)) return null
  const spread = unscramble(conId)
  if ((spread & SECOND_SPACE) === 0) return null
  const packed = ((spread >>> (STRIKE_BITS + 1)) << STRIKE_BITS) | (spread & BELOW_SPACE)
  const upper = packed >>> (INDEX_BITS + 1)
  return {
    classNumber: upper >>> SECOND_DAY_BITS,
    expiry: addDays(SECOND_FIRST_EXPIRY, upper & (2 ** SECOND_DAY_BITS - 1)),
    strikeIndex: (packed >>> 1) & (2 ** INDEX_BITS - 1),
    right: (packed & 1) === 1 ? 'C' : 'P',
  }
}

function isIn(value: number, from: number, below: number): boolean {
  return Number.isInteger(value) && value >= from && value < below
}

const FACTORS = [0x2545f491, 0x5851f42d] as const
const SHIFT = 15

/** Multiplying by an odd number and xor with a right shift are one-to-one on 31 bits. */
function scramble(packed: number): number {
  let id = packed & MASK
  for (const odd of FACTORS) {
    id = Math.imul(id, odd) & MASK
    id ^= id >>> SHIFT
  }
  return id
}

function unscramble(id: number): number {
  let packed = id
  for (const odd of FACTORS.toReversed()) {
    packed ^= (packed >>> SHIFT) ^ (packed >>> (2 * SHIFT))
    packed = Math.imul(packed, inverseOf(odd)) & MASK
  }
  return packed
}

/** The odd number that undoes a multiplication modulo 2^32, by Newton's method: each round doubles the correct bits. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let round = 0; round < 5; round++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}
