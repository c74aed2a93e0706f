import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver on a free port that keeps what it gets. */
export interface WebhookServer {
  readonly url: string
  readonly received: readonly Received[]
  /** How it answers from now on. */
  answerWith(answer: (response: ServerResponse) => void): void
  /** Bytes that were written to the socket of the last answer. */
  bytesWritten(): number
  close(): Promise<void>
}

export async function openWebhookServer(): Promise<WebhookServer> {
  const received: Received[] = []
  let bytesWritten = () => 0
  let answer: (response: ServerResponse) => void = (response) => void response.writeHead(204).end()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
      const { socket } = response
      bytesWritten = () => socket?.bytesWritten ?? 0
      response.on('error', () => {})
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerWith: (next) => {
      answer = next
    },
    bytesWritten: () => bytesWritten(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
