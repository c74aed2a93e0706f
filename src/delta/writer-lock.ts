import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { DeltaError, ioError } from './errors.ts'

/** An exclusive lock for writing one folder, held by at most one process on this machine. */
export interface WriterLock {
  release(): Promise<void>
}

/**
 * Locks a folder against other writers that use the same `application` name. The lock is a listening socket in Linux's
 * abstract namespace. The kernel releases it when the process ends, even by kill -9, so there are no stale locks.
 * Processes in different network namespaces (containers that share a volume) do not see each other's locks. Commits are
 * safe without the lock; it keeps a second writer from starting at all.
 * Two sockets are taken: one named by the device and inode of the folder, which are the same under every path (symbolic
 * links, bind mounts), and one named by the path, which is all that version 0.1 takes.
 * @param realFolder the folder's real path.
 * @throws DeltaError 'locked' when another process, or this one, holds it; 'io' when there is no such folder.
 */
export async function lockForWriting(realFolder: string, application = 'delta'): Promise<WriterLock> {
  const { dev, ino } = await stat(realFolder, { bigint: true }).catch((error: unknown) => {
    throw ioError('look at', realFolder, error)
  })
  const byPath = await listen(`${application}-${sha256(realFolder)}`, realFolder)
  const byInode = await listen(`${application}-inode-${sha256(`${dev}:${ino}`)}`, realFolder).catch(
    async (error: unknown) => {
      await close(byPath)
      throw error
    },
  )
  return {
    release: async () => {
      await Promise.all([close(byPath), close(byInode)])
    },
  }
}

async function listen(name: string, folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `${folder} is being written by another process: wait until it ends, or stop it`
      reject(error.code === 'EADDRINUSE' ? new DeltaError('locked', message, error) : error)
    })
    server.listen(`\0${name}`, resolve)
  })
  server.unref()
  return server
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
