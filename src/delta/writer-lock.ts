import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { DeltaError } from './errors.ts'

/** The right to write one folder, held by at most one process of this machine. */
export interface WriterLock {
  release(): Promise<void>
}

/**
 * Takes the right to write a folder, among the processes that use the same `application` name. It is a listening socket
 * in Linux's abstract name space: the kernel gives it up when the process ends, even by kill -9, so that there is no
 * stale lock to break. Processes in different network name spaces (containers that share a volume) do not see each
 * other's. Commits are safe without it: it keeps a second writer from starting at all.
 * @param realFolder the folder's real path: two names of one folder must contend for one lock.
 * @throws DeltaError 'locked' when another process, or this one, holds it.
 */
export async function lockForWriting(realFolder: string, application = 'delta'): Promise<WriterLock> {
  const name = `\0${application}-${createHash('sha256').update(realFolder).digest('hex')}`
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `${realFolder} is being written by another process: wait until it ends, or stop it`
      reject(error.code === 'EADDRINUSE' ? new DeltaError('locked', message, error) : error)
    })
    server.listen(name, resolve)
  })
  server.unref()
  return {
    release: () =>
      new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  }
}
