/** One server-sent event. */
export interface ServerEvent {
  readonly name: string
  readonly data: unknown
}

/** The events of a stream until it ends. Rejects if it breaks or is aborted. */
export async function* serverEvents(url: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const response = await fetch(url, { signal, headers: { Accept: 'text/event-stream' } })
  if (!response.ok || response.body === null) throw new Error(`${url} answers with ${response.status}`)
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body) {
    rest += decoder.decode(bytes as Uint8Array, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop() as string
    for (const block of blocks) {
      const event = eventOf(block)
      if (event !== null) yield event
    }
  }
}

function eventOf(block: string): ServerEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trim()]),
  )
  const [name, data] = [fields.get('event'), fields.get('data')]
  return name === undefined || data === undefined ? null : { name, data: JSON.parse(data) }
}
