/**
 * The guard between the socket and the client library. The library believes every declared length (some of them
 * make it loop for ever), joins its buffer anew for every chunk, carries an unterminated message over into the
 * next one and takes quadratic time over very many fields or escapes. So it is given whole frames, each one checked.
 */
export interface FrameGuard {
  /**
   * Takes the next bytes of the stream, however they are cut. `whole` holds the frames that are now complete,
   * headers included, in order: views of the chunk where nothing had to be joined. A `fault` is final: the stream
   * cannot be trusted from there on, and nothing is held any more.
   */
  push(chunk: Buffer): { readonly whole: readonly Buffer[]; readonly fault: string | null }
  /** Bytes of an incomplete frame that are held. */
  heldBytes(): number
}

const HEADER_BYTES = 4
/** The shortest message has an id, a version and their terminators. */
const SHORTEST = 4
/** The bound of IB's own clients. */
const LONGEST = 0xffffff
/** More fields than any answer collected here can have: 40 years of daily bars are 80,000. */
const MOST_FIELDS = 100_000
/** Longer messages are lists of numbers; an escaped character has no place in them. */
const LONGEST_TEXT = 100_000
/**
 * Answers nobody here asks for and for which the library reserves memory by a count in the message, gigabytes if it
 * says so: soft-dollar tiers, family codes, symbol samples, depth exchanges, news providers, histograms, market
 * rules, historical ticks and schedules.
 */
const NEVER_ASKED = new Set([77, 78, 79, 80, 85, 89, 93, 96, 97, 98, 106])
const FIRST_ROOM_BYTES = 4096

export function createFrameGuard(): FrameGuard {
  let held = Buffer.alloc(0)
  let heldBytes = 0
  let broken: string | null = null

  function hold(bytes: Buffer, neededBytes: number): void {
    if (heldBytes + bytes.length > held.length) {
      // Doubling, so that a frame that comes byte by byte is copied a bounded number of times; never beyond need.
      const room = Math.min(
        neededBytes,
        Math.max(2 * held.length, heldBytes + bytes.length, FIRST_ROOM_BYTES),
      )
      const larger = Buffer.allocUnsafeSlow(Math.max(room, HEADER_BYTES))
      held.copy(larger, 0, 0, heldBytes)
      held = larger
    }
    bytes.copy(held, heldBytes)
    heldBytes += bytes.length
  }

  function release(): void {
    held = Buffer.alloc(0)
    heldBytes = 0
  }

  /** Completes the held frame from the chunk. Returns how many bytes it took, and the frame if it is whole. */
  function complete(chunk: Buffer): { taken: number; frame: Buffer | null } {
    const headerTaken = Math.min(chunk.length, Math.max(0, HEADER_BYTES - heldBytes))
    hold(chunk.subarray(0, headerTaken), HEADER_BYTES)
    if (heldBytes < HEADER_BYTES) return { taken: headerTaken, frame: null }
    const lengthBytes = held.readUInt32BE(0)
    broken = lengthFault(lengthBytes)
    if (broken) return { taken: headerTaken, frame: null }
    const neededBytes = HEADER_BYTES + lengthBytes
    const taken = Math.min(chunk.length, headerTaken + neededBytes - heldBytes)
    hold(chunk.subarray(headerTaken, taken), neededBytes)
    if (heldBytes < neededBytes) return { taken, frame: null }
    const frame = held.subarray(0, neededBytes)
    release()
    broken = contentFault(frame)
    return { taken, frame: broken ? null : frame }
  }

  /** Where the whole, sound frames that begin at `from` end. */
  function endOfWhole(chunk: Buffer, from: number): number {
    let end = from
    while (chunk.length - end >= HEADER_BYTES) {
      const lengthBytes = chunk.readUInt32BE(end)
      broken = lengthFault(lengthBytes)
      if (broken) return end
      const next = end + HEADER_BYTES + lengthBytes
      if (next > chunk.length) return end
      broken = contentFault(chunk.subarray(end, next))
      if (broken) return end
      end = next
    }
    return end
  }

  return {
    heldBytes: () => heldBytes,
    push: (chunk) => {
      const whole: Buffer[] = []
      let from = 0
      if (heldBytes > 0 && !broken) {
        const { taken, frame } = complete(chunk)
        from = taken
        if (frame) whole.push(frame)
      }
      if (!broken) {
        const end = endOfWhole(chunk, from)
        if (end > from) whole.push(chunk.subarray(from, end))
        if (!broken && end < chunk.length) complete(chunk.subarray(end))
      }
      if (broken) release()
      return { whole, fault: broken }
    },
  }
}

function lengthFault(lengthBytes: number): string | null {
  if (lengthBytes >= SHORTEST && lengthBytes <= LONGEST) return null
  return `a message of ${lengthBytes} bytes was announced; ${SHORTEST} to ${LONGEST} are possible`
}

function contentFault(frame: Buffer): string | null {
  if (frame[frame.length - 1] !== 0) return 'a message does not end with its terminator'
  const kind = kindOf(frame)
  if (NEVER_ASKED.has(kind)) return `a message of kind ${kind}, which answers nothing that was asked`
  if (frame.length <= LONGEST_TEXT) return null
  if (fieldsOf(frame) > MOST_FIELDS) return `a message of more than ${MOST_FIELDS} fields`
  if (frame.includes('\\u')) return `a message of ${frame.length} bytes with escaped characters`
  return null
}

/** The number that a message begins with. */
function kindOf(frame: Buffer): number {
  let kind = 0
  for (let at = HEADER_BYTES; at < frame.length && kind < 1000; at += 1) {
    const digit = frame[at]! - 48
    if (!(digit >= 0 && digit <= 9)) break
    kind = 10 * kind + digit
  }
  return kind
}

function fieldsOf(frame: Buffer): number {
  let count = 0
  for (let at = frame.indexOf(0, HEADER_BYTES); at >= 0; at = frame.indexOf(0, at + 1)) count += 1
  return count
}
