import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encode } from '../../../src/simulator/wire/frames.ts'

/** A client of the TWS protocol that can write anything. */
export interface WireClient {
  /** Writes a message of these fields. */
  send(...fields: ReadonlyArray<string | number>): void
  /** Writes bytes as they are. */
  write(bytes: Buffer): void
  readonly isOpen: () => boolean
  /** Ends the connection at once, in the middle of whatever was written. */
  kill(): void
}

/** Connects and waits for the first order id. `onFrame` gets the fields of every message. */
export async function openWireClient(
  { host, port, clientId }: { readonly host: string; readonly port: number; readonly clientId: number },
  onFrame: (fields: readonly string[]) => void,
): Promise<WireClient> {
  const socket: Socket = connect(port, host)
  let held = Buffer.alloc(0)
  let isOpen = true
  let started = () => {}
  const isStarted = new Promise<void>((resolve) => {
    started = resolve
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    isOpen = false
    started()
  })
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    while (held.length - at >= 4 && held.length - at >= 4 + held.readUInt32BE(at)) {
      const end = at + 4 + held.readUInt32BE(at)
      const fields = held.toString('latin1', at + 4, end - 1).split('\0')
      if (fields[0] === '9') started()
      onFrame(fields)
      at = end
    }
    held = held.subarray(at)
  })
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  const client: WireClient = {
    send: (...fields) => void socket.write(encode(fields), 'latin1'),
    write: (bytes) => void socket.write(bytes),
    isOpen: () => isOpen,
    kill: () => void socket.destroy(),
  }
  const range = 'v100..193'
  socket.write(`API\0\0\0\0${String.fromCharCode(range.length)}${range}`, 'latin1')
  client.send(71, 2, clientId, '')
  await isStarted
  return client
}
