import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'

/**
 * Keeps a second trader from using a journal, in the same machine and network namespace: two of them would each enter
 * what the other has entered. The lock is a socket in Linux's abstract namespace; the kernel releases it when the
 * process ends, even by kill -9.
 * @throws Failure EXIT.tryLater when it is held
 */
export async function lockJournal(path: string): Promise<{ release(): Promise<void> }> {
  // A link to the file is the same journal.
  const real = await realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)))
  const name = `optionlake-paper-${createHash('sha256').update(real).digest('hex')}`
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `the journal ${path} is used by another paper trader: stop it, or name another journal with --journal`
      reject(error.code === 'EADDRINUSE' ? new Failure(EXIT.tryLater, message, error) : error)
    })
    server.listen(`\0${name}`, resolve)
  })
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}
