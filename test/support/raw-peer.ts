import { createServer, type Socket } from 'node:net'

/** A gateway that sends exactly what a test scripts. */
export interface RawPeer {
  readonly port: number
  /** The sockets of all clients so far, in order. */
  readonly sockets: readonly Socket[]
  close(): Promise<void>
}

/** One message: length and fields, each with its terminator. */
export function message(...fields: ReadonlyArray<string | number>): Buffer {
  const text = Buffer.from(fields.map((field) => `${field}\0`).join(''))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text])
}

/** The gateway's messages after startApi: accounts, first order id, farm. */
export const WELCOME = [
  message(15, 1, 'DU1234567,DU7654321,'),
  message(9, 1, 41),
  message(4, 2, -1, 2104, 'Market data farm connection is OK:usfarm', ''),
]

export interface Script {
  /** Answer to the client's hello; by default version 176. */
  readonly hello?: readonly Buffer[]
  /** Answer to startApi; by default the welcome. A function gets the number of the connection, from 0 on. */
  readonly started?: readonly Buffer[] | ((connection: number) => readonly Buffer[])
  /** Every later message, split into its fields. */
  readonly asked?: (fields: readonly string[], socket: Socket) => void
}

export async function rawPeer(script: Script = {}): Promise<RawPeer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    // The client may disconnect in the middle of a message.
    socket.on('error', () => {})
    serve(socket, script, sockets.length - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function serve(socket: Socket, script: Script, connection: number): void {
  let received = Buffer.alloc(0)
  let greeted = false
  const send = (answers: readonly Buffer[]) => void socket.write(Buffer.concat(answers))
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const header = greeted ? 4 : 8
      if (received.length < header) return
      const end = header + received.readUInt32BE(header - 4)
      if (received.length < end) return
      const fields = received.subarray(header, end).toString().split('\0').slice(0, -1)
      received = received.subarray(end)
      if (!greeted) {
        greeted = true
        send(script.hello ?? [message(176, '20261120 09:30:00 EST')])
      } else if (fields[0] === '71') {
        const { started = WELCOME } = script
        send(typeof started === 'function' ? started(connection) : started)
      } else script.asked?.(fields, socket)
    }
  })
}
