/** Runs a function while standard output and standard error seem to be a terminal of this width, whose text is UTF-8. */
export async function atTerminal<T>(columns: number, run: () => Promise<T>): Promise<T> {
  const streams = [process.stdout, process.stderr] as const
  const before = streams.map((stream) => ['isTTY', 'columns'].map((name) => propertyOf(stream, name)))
  const lang = process.env.LC_ALL
  const term = process.env.TERM
  process.env.TERM = 'xterm-256color'
  process.env.LC_ALL = 'C.UTF-8'
  for (const stream of streams) {
    for (const [name, value] of Object.entries({ isTTY: true, columns })) {
      Object.defineProperty(stream, name, { value, configurable: true, writable: true, enumerable: true })
    }
  }
  try {
    return await run()
  } finally {
    streams.forEach((stream, at) => {
      for (const restore of before[at] ?? []) restore(stream)
    })
    if (term === undefined) delete process.env.TERM
    else process.env.TERM = term
    if (lang === undefined) delete process.env.LC_ALL
    else process.env.LC_ALL = lang
  }
}

function propertyOf(stream: NodeJS.WriteStream, name: string): (stream: NodeJS.WriteStream) => void {
  const own = Object.getOwnPropertyDescriptor(stream, name)
  return own === undefined
    ? (one) => void Reflect.deleteProperty(one, name)
    : (one) => void Object.defineProperty(one, name, own)
}
