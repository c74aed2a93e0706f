import { fstatSync, writeSync } from 'node:fs'

/** What became of standard output and standard error. */
export interface Output {
  /** The first error of either that loses text; null while there is none. A reader that has gone loses none. */
  failure(): NodeJS.ErrnoException | null
  /** Resolves once everything is written, or cannot be. */
  flushed(): Promise<void>
}

interface Listeners {
  /** Nobody reads standard output any more, such as after `| head`. */
  onClosed(): void
  /** Text could not be written, such as on a full disk; called once. */
  onFailure(error: NodeJS.ErrnoException): void
}

/** Watches both streams of the process: without a listener, an error of one would end it with a stack. */
export function watchOutput({ onClosed, onFailure }: Listeners): Output {
  const { stdout, stderr } = process
  let failure: NodeJS.ErrnoException | null = null
  if (fstatSync(1).isFile()) writeWhole(stdout, 1)
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') {
        if (stream === stdout) onClosed()
      } else if (failure === null && error.code !== 'ERR_STREAM_DESTROYED') {
        failure = error
        onFailure(error)
      }
    })
  }
  const written = (stream: NodeJS.WriteStream) =>
    // One more turn of the loop, because errors are told after the write.
    new Promise<void>((resolve) => {
      const done = () => setImmediate(resolve)
      if (stream.writableLength === 0) done()
      else stream.write('', done)
    })
  return {
    failure: () => failure,
    flushed: async () => {
      await written(stdout)
      await written(stderr)
    },
  }
}

/** Node writes a chunk to a file once, and does not notice when a full disk takes only a part of it. */
function writeWhole(stream: NodeJS.WriteStream, descriptor: number): void {
  stream._write = (chunk: Buffer, _, done) => {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
}
