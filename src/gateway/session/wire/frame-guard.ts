/**
 * The guard between the socket and the client library. The library trusts every declared length (some make it loop
 * forever), copies its whole buffer for every chunk, runs an unterminated message into the next one, and takes
 * quadratic time on messages with very many fields or escapes. It is therefore given only complete, checked frames.
 */
export interface FrameGuard {
  /**
   * Takes the next bytes of the stream, in chunks of any size. `whole` holds the frames that are now complete,
   * headers included, in order; they are views of the chunk unless a frame had to be joined. A `fault` is final: the
   * rest of the stream cannot be trusted, and held bytes are dropped.
   */
  push(chunk: Buffer): { readonly whole: readonly Buffer[]; readonly fault: string | null }
  /** How many bytes of an incomplete frame are held. */
  heldBytes(): number
}

const HEADER_BYTES = 4
/** The shortest message has an id, a version and their terminators. */
const MIN_MESSAGE_BYTES = 4
/** The limit of IB's own clients. */
const MAX_MESSAGE_BYTES = 0xffffff
/** More than in any answer to this program's requests: 40 years of daily bars have 80,000. */
const MAX_FIELDS = 100_000
/** Longer messages are lists of numbers and contain no escaped characters. */
const MAX_TEXT_BYTES = 100_000
/**
 * Answers to requests that this program never makes. The library allocates memory for them by a count in the message,
 * which may ask for gigabytes: soft-dollar tiers, family codes, symbol samples, depth exchanges, news providers,
 * histograms, market rules, historical ticks and schedules.
 */
const NEVER_REQUESTED = new Set([77, 78, 79, 80, 85, 89, 93, 96, 97, 98, 106])
const FIRST_BUFFER_BYTES = 4096

export function createFrameGuard(): FrameGuard {
  let held = Buffer.alloc(0)
  let heldBytes = 0
  let fault: string | null = null

  function hold(bytes: Buffer, neededBytes: number): void {
    if (heldBytes + bytes.length > held.length) {
      // Doubled, so that a frame arriving byte by byte is not copied each time; never larger than the frame.
      const sizeBytes = Math.min(
        neededBytes,
        Math.max(2 * held.length, heldBytes + bytes.length, FIRST_BUFFER_BYTES),
      )
      const larger = Buffer.allocUnsafeSlow(Math.max(sizeBytes, HEADER_BYTES))
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
    fault = lengthFault(lengthBytes)
    if (fault) return { taken: headerTaken, frame: null }
    const neededBytes = HEADER_BYTES + lengthBytes
    const taken = Math.min(chunk.length, headerTaken + neededBytes - heldBytes)
    hold(chunk.subarray(headerTaken, taken), neededBytes)
    if (heldBytes < neededBytes) return { taken, frame: null }
    const frame = held.subarray(0, neededBytes)
    release()
    fault = contentFault(frame)
    return { taken, frame: fault ? null : frame }
  }

  /** The end of the whole, valid frames that begin at `from`. */
  function endOfWhole(chunk: Buffer, from: number): number {
    let end = from
    while (chunk.length - end >= HEADER_BYTES) {
      const lengthBytes = chunk.readUInt32BE(end)
      fault = lengthFault(lengthBytes)
      if (fault) return end
      const next = end + HEADER_BYTES + lengthBytes
      if (next > chunk.length) return end
      fault = contentFault(chunk.subarray(end, next))
      if (fault) return end
      end = next
    }
    return end
  }

  return {
    heldBytes: () => heldBytes,
    push: (chunk) => {
      const whole: Buffer[] = []
      let from = 0
      if (heldBytes > 0 && !fault) {
        const { taken, frame } = complete(chunk)
        from = taken
        if (frame) whole.push(frame)
      }
      if (!fault) {
        const end = endOfWhole(chunk, from)
        if (end > from) whole.push(chunk.subarray(from, end))
        if (!fault && end < chunk.length) complete(chunk.subarray(end))
      }
      if (fault) release()
      return { whole, fault }
    },
  }
}

function lengthFault(lengthBytes: number): string | null {
  if (lengthBytes >= MIN_MESSAGE_BYTES && lengthBytes <= MAX_MESSAGE_BYTES) return null
  return `a message of ${lengthBytes} bytes was announced; ${MIN_MESSAGE_BYTES} to ${MAX_MESSAGE_BYTES} are possible`
}

function contentFault(frame: Buffer): string | null {
  if (frame[frame.length - 1] !== 0) return 'a message does not end with its terminator'
  const kind = kindOf(frame)
  if (NEVER_REQUESTED.has(kind)) return `a message of kind ${kind}, which answers no request of this program`
  if (frame.length <= MAX_TEXT_BYTES) return null
  if (fieldsOf(frame) > MAX_FIELDS) return `a message of more than ${MAX_FIELDS} fields`
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
