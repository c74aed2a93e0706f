import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { EXIT, Failure } from '../process/failure.ts'

/** The right to write one lake, held by at most one process of this machine. */
export interface WriterLock {
  release(): Promise<void>
}

/**
 * Takes the right to write the lake in this folder. It is a listening socket in Linux's abstract name space:
 * the kernel gives it up when the process ends, even by kill -9, so that there is no stale lock to break.
 * Processes in different network name spaces (containers that share a volume) do not see each other's.
 * @param realFolder the folder's real path: two names of one folder must contend for one lock.
 * @throws Failure EXIT.tryLater when another process, or this one, holds it.
 */
export async function lockForWriting(realFolder: string): Promise<WriterLock> {
  const name = `\0optionlake-${createHash('sha256').update(realFolder).digest('hex')}`
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Failure(
              EXIT.tryLater,
              `${realFolder} is being written by another process: wait until it ends, or stop it`,
              error,
            )
          : error,
      )
    })
    server.listen(name, resolve)
  })
  server.unref()
  return {
    release: () =>
      new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  }
}
