import type { McpServer } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'

/** A message may hold a long query, and nothing longer. */
const MAX_MESSAGE_BYTES = 1_000_000

/** Serves one client on standard input and output until it closes standard input, or the signal is aborted. */
export async function serveOnStdio(
  createServer: () => McpServer,
  { signal, onError }: { readonly signal: AbortSignal; onError(error: Error): void },
): Promise<void> {
  const { stdin, stdout } = process
  const transport = new StdioServerTransport(stdin, stdout, { maxBufferSize: MAX_MESSAGE_BYTES })
  const handle = serveStdio(createServer, { transport, onerror: onError })
  // The transport also closes by itself after a message that is too long.
  const closed = new Promise<void>((resolve) => {
    const { onclose } = transport
    transport.onclose = () => {
      onclose?.()
      resolve()
    }
    signal.addEventListener('abort', () => resolve(), { once: true })
    for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve())
  })
  await closed
  await handle.close()
  stdin.destroy()
}
