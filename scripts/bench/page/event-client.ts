/** A client of the event stream, as light as one can be. */
export interface EventClient {
  /** Resolves with the machine's time, ms, at which the next event of this name came. */
  next(name: string): Promise<number>
  close(): void
}

/** Opens a stream and resolves once it has said hello. `onEvent` is called for each event. */
export async function openEventClient(
  url: string,
  onEvent: (name: string) => void = () => {},
): Promise<EventClient> {
  const stopped = new AbortController()
  const answer = await fetch(`${url}/api/events`, { signal: stopped.signal })
  if (!answer.ok || !answer.body) throw new Error(`/api/events answered ${answer.status}`)
  const waiting = new Map<string, ((atMs: number) => void)[]>()
  const next = (name: string) =>
    new Promise<number>((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve]))
  const hello = next('hello')
  void follow(answer.body, (name) => {
    onEvent(name)
    const resolves = waiting.get(name) ?? []
    waiting.delete(name)
    for (const resolve of resolves) resolve(Date.now())
  }).catch(() => {})
  await hello
  return { next, close: () => stopped.abort() }
}

async function follow(body: ReadableStream<Uint8Array>, onEvent: (name: string) => void): Promise<void> {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const name = /^event: (\w+)$/m.exec(block)?.[1]
      if (name !== undefined) onEvent(name)
    }
  }
}
