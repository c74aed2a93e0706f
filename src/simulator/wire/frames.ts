/** The newest and the oldest protocol version that a client may speak; `messages.ts` has the layouts of the oldest. */
export const NEWEST_VERSION = 193
export const OLDEST_VERSION = 176

const GREETING = 'API\0'
const PREFIX_BYTES = 4
/** The usual limit in implementations of the protocol. */
const LONGEST_FRAME_BYTES = 0xffffff
/** `v100..193`, with room for the options that some clients append. */
const LONGEST_VERSION_BYTES = 256

/** A client broke the protocol; its connection is closed. */
export class Malformed extends Error {}

/** A field of a whole message has text where a number belongs: the message is refused, the connection goes on. */
export class UnreadableField extends Malformed {}

/** Splits one client's bytes into frames, however they are chunked; the first frame is its version range. */
export interface FrameReader {
  /** The frames that this chunk completes, in order. Throws `Malformed` as soon as the bytes cannot form a frame. */
  push(chunk: Buffer): string[]
}

export function createFrameReader(): FrameReader {
  let held: Buffer[] = []
  let heldBytes = 0
  let neededBytes = GREETING.length
  let greeted = false
  let framesRead = 0

  /** Checks a declared length and adds that of the prefix. */
  function wholeFrameBytes(declared: number): number {
    const longest = framesRead === 0 ? LONGEST_VERSION_BYTES : LONGEST_FRAME_BYTES
    if (declared < 1 || declared > longest) throw new Malformed(`a frame of ${declared} bytes`)
    return PREFIX_BYTES + declared
  }

  function takeGreeting(bytes: Buffer): number {
    const start = bytes.toString('latin1', 0, GREETING.length)
    if (start !== GREETING) throw new Malformed('no API greeting')
    greeted = true
    return GREETING.length
  }

  /** Bytes needed at the offset before anything more can be read. */
  function needAt(bytes: Buffer, offset: number): number {
    if (!greeted) return GREETING.length
    if (bytes.length - offset < PREFIX_BYTES) return PREFIX_BYTES
    return wholeFrameBytes(bytes.readUInt32BE(offset))
  }

  function cut(bytes: Buffer): string[] {
    const frames: string[] = []
    let offset = 0
    for (neededBytes = needAt(bytes, 0); bytes.length - offset >= neededBytes; ) {
      if (!greeted) offset += takeGreeting(bytes)
      else {
        frames.push(bytes.toString('utf8', offset + PREFIX_BYTES, offset + neededBytes))
        framesRead++
        offset += neededBytes
      }
      neededBytes = needAt(bytes, offset)
    }
    held = offset < bytes.length ? [bytes.subarray(offset)] : []
    heldBytes = bytes.length - offset
    return frames
  }

  return {
    push: (chunk) => {
      held.push(chunk)
      heldBytes += chunk.length
      // Joined only when a frame is complete, so that a frame of many small chunks costs linear time.
      if (heldBytes < neededBytes) return []
      return cut(held.length === 1 ? chunk : Buffer.concat(held, heldBytes))
    },
  }
}

/** The version to announce to a client with this range; null when there is no common version. */
export function negotiateVersion(range: string): number | null {
  const parts = /^v(\d+)(?:\.\.(\d+))?(?: .*)?$/.exec(range)
  if (!parts) throw new Malformed(`"${range.slice(0, 40)}" is not a version range`)
  const oldest = Number(parts[1])
  const version = Math.min(Number(parts[2] ?? parts[1]), NEWEST_VERSION)
  return version < Math.max(oldest, OLDEST_VERSION) ? null : version
}

/** Reads the fields of one message in order. Throws `Malformed` for a missing field, or for text where a number is read. */
export interface Fields {
  text(): string
  integer(): number
  /** 0 for an empty field. */
  real(): number
  /** `1`, `true`: true. `0`, `false`, empty: false. */
  flag(): boolean
  skip(count: number): void
}

/** Splits a frame into its NUL-terminated fields. */
export function splitFields(frame: string): string[] {
  if (!frame.endsWith('\0')) throw new Malformed('a message without its last NUL')
  return frame.slice(0, -1).split('\0')
}

export function readFields(values: readonly string[], start = 0): Fields {
  let next = start

  function text(): string {
    const value = values[next++]
    if (value === undefined) throw new Malformed(`message ${values[0]} ends after ${values.length} fields`)
    return value
  }
  function real(): number {
    const value = text()
    const number = Number(value)
    if (!Number.isFinite(number)) throw new UnreadableField(`"${value.slice(0, 40)}" where a number belongs`)
    return number
  }

  return {
    text,
    real,
    integer: () => {
      const value = text()
      if (!/^-?\d{1,15}$/.test(value))
        throw new UnreadableField(`"${value.slice(0, 40)}" where an integer belongs`)
      return Number(value)
    },
    flag: () => {
      const value = text().toLowerCase()
      return value === '1' || value === 'true'
    },
    skip: (count) => {
      for (let i = 0; i < count; i++) text()
    },
  }
}

/** A message as text to be written as latin1: a prefix of four one-byte characters, and a body that must be ASCII. */
export function frameOf(body: string): string {
  const size = body.length
  return String.fromCharCode(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255) + body
}

/** Fields → message. Throws on a number that is not finite: that is a defect of the caller. */
export function encode(fields: readonly (string | number)[]): string {
  for (const field of fields) {
    if (typeof field === 'number' && !Number.isFinite(field))
      throw new RangeError(`${field} in message ${fields[0]}`)
  }
  return frameOf(`${fields.join('\0')}\0`)
}

/** Text as the protocol carries it since version 153: ASCII, everything else escaped, NUL included. */
export function asciiText(text: string): string {
  return text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
