import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { DeltaError } from './errors.ts'

/** An exclusive lock for writing one folder, held by at most one process on this machine. */
export interface WriterLock {
  release(): Promise<void>
}

/**
 * Locks a folder against other writers that use the same `application` name. The lock is a listening socket in Linux's
 * abstract namespace. The kernel releases it when the process ends, even by kill -9, so there are no stale locks.
 * Processes in different network namespaces (containers that share a volume) do not see each other's locks. Commits are
 * safe without the lock; it keeps a second writer from starting at all.
 * @param realFolder the folder's real path, so that two names of one folder use the same lock.
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
