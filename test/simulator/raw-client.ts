import { connect } from 'node:net'
import { encode } from '../../src/simulator/wire/frames.ts'

/** A TWS client that knows only the protocol: it writes messages field by field and keeps the frames that arrive. */
export interface RawClient {
  send(...fields: ReadonlyArray<string | number>): void
  /** Requests market data; `generics` such as `101`. */
  stream(requestId: number, conId: number, generics?: string): void
  /** Requests contract details of one contract id, or of a symbol's options of one expiration. */
  details(requestId: number, of: number | { symbol: string; expiry?: string; secType?: string }): void
  /** The fields of every frame so far, without the greeting. */
  frames(): string[][]
  /** The greeting: version and time. */
  greeting(): string[]
  /** Codes and texts of the errors with that request id, in order; −1: those of no request. */
  errors(requestId: number): Array<readonly [code: number, text: string]>
  /** Waits for frames that match, and returns them. */
  until(matches: (fields: readonly string[]) => boolean, count?: number): Promise<string[][]>
  close(): void
}

/** Connects and waits for the notice of the last of the simulated farms. */
export async function rawClient(
  { host, port }: { host: string; port: number },
  clientId = 1,
): Promise<RawClient> {
  const socket = connect(port, host)
  let received = Buffer.alloc(0)
  const frames: string[][] = []
  const waiting = new Set<() => void>()
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0)
      frames.push(received.toString('latin1', 4, end - 1).split('\0'))
      received = received.subarray(end)
    }
    for (const look of [...waiting]) look()
  })
  const send = (...fields: ReadonlyArray<string | number>) => void socket.write(encode(fields), 'latin1')
  const range = 'v100..176'
  socket.write(`API\0\0\0\0${String.fromCharCode(range.length)}${range}`, 'latin1')
  send(71, 2, clientId, '')
  const client: RawClient = {
    send,
    stream: (requestId, conId, generics = '') =>
      send(
        ...[
          1,
          11,
          requestId,
          conId,
          '',
          '',
          '',
          '0.0',
          '',
          '',
          'SMART',
          '',
          '',
          '',
          '',
          0,
          generics,
          0,
          0,
          '',
        ],
      ),
    details: (requestId, of) => {
      const { conId, symbol, secType, expiry } =
        typeof of === 'number'
          ? { conId: of, symbol: '', secType: '', expiry: '' }
          : { conId: 0, secType: 'OPT', expiry: '', ...of }
      const exchange = symbol === '' ? '' : 'SMART'
      const contract = [conId, symbol, secType, expiry, '0.0', '', '', exchange, '', '', '', '']
      send(9, 8, requestId, ...contract, 0, '', '', '')
    },
    frames: () => frames.slice(1),
    greeting: () => frames[0] ?? [],
    errors: (requestId) =>
      frames
        .filter(([kind, , id]) => kind === '4' && Number(id) === requestId)
        .map((fields) => [Number(fields[3]), fields[4] as string] as const),
    until: (matches, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          const found = frames.slice(1).filter(matches)
          if (found.length < count) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    close: () => void socket.destroy(),
  }
  await client.until(
    ([kind, , id, code]) => kind === '4' && id === '-1' && (code === '2158' || code === '2157'),
  )
  return client
}

/** Matches an error with that request id and code. */
export const isError =
  (requestId: number, code: number) =>
  ([kind, , id, itsCode]: readonly string[]): boolean =>
    kind === '4' && Number(id) === requestId && Number(itsCode) === code

/** Matches a message of that kind whose request id is in `field`. */
export const isMessage =
  (kind: number, requestId: number, field = 2) =>
  (fields: readonly string[]): boolean =>
    Number(fields[0]) === kind && Number(fields[field]) === requestId
