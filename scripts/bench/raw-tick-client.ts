/** A client that knows only frames: it subscribes, and counts what arrives without decoding it. */
import { connect } from 'node:net'
import { encode } from '../../src/simulator/wire/frames.ts'

export interface RawTickClient {
  /** Requests market data of a contract id. */
  stream(requestId: number, conId: number): void
  /** Ticks so far: prices, sizes, values, texts and greeks. */
  readonly ticks: number
  /** Bytes so far. */
  readonly bytes: number
  close(): void
}

/** What one client wants to know of single messages, by the id of their request. */
export interface TickListener {
  onPrice(requestId: number): void
  /** A model computation is the last message of an option's update. */
  onModel(requestId: number, atMs: number): void
}

const TICK_PRICE = 1
const OPTION_COMPUTATION = 21
/** Bytes from a frame's start to the request id: the length, then `1|6|` or `21|`. */
const AFTER_VERSION = 8
const AFTER_ID = 7

/** tickPrice, tickSize, tickOptionComputation, tickGeneric and tickString. */
function isTick(kind: number): boolean {
  return kind === 1 || kind === 2 || kind === OPTION_COMPUTATION || kind === 45 || kind === 46
}

export async function openRawTickClient(
  port: number,
  clientId: number,
  listener: TickListener | null = null,
): Promise<RawTickClient> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.setNoDelay(true)
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  let ticks = 0
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
    const atMs = performance.now()
    const held = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (held.length - at >= 4) {
      const end = at + 4 + held.readUInt32BE(at)
      if (end > held.length) break
      const kind = numberAt(held, at + 4)
      if (isTick(kind)) ticks++
      if (listener && kind === TICK_PRICE) listener.onPrice(numberAt(held, at + AFTER_VERSION))
      if (listener && kind === OPTION_COMPUTATION) listener.onModel(numberAt(held, at + AFTER_ID), atMs)
      at = end
    }
    rest = held.subarray(at)
  })
  const send = (...fields: ReadonlyArray<string | number>) => void socket.write(encode(fields), 'latin1')
  const range = 'v100..176'
  socket.write(`API\0\0\0\0${String.fromCharCode(range.length)}${range}`, 'latin1')
  send(71, 2, clientId, '')
  return {
    stream: (requestId, conId) => {
      const contract = [conId, '', '', '', '0.0', '', '', 'SMART', '', '', '', '']
      send(1, 11, requestId, ...contract, 0, '', 0, 0, '')
    },
    get ticks() {
      return ticks
    },
    get bytes() {
      return bytes
    },
    close: () => void socket.destroy(),
  }
}

/** The digits of a field, up to its NUL. */
function numberAt(bytes: Buffer, at: number): number {
  let value = 0
  for (let index = at; bytes[index] !== 0 && index < bytes.length; index++) {
    value = value * 10 + (bytes[index] as number) - 48
  }
  return value
}
