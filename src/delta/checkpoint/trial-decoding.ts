import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Files above this are not tried, because they may need more memory than the limit. Bytes. */
const MAX_TRIED_BYTES = 32 * 2 ** 20
const HEAP_MB = 512

/** Any end of the decoding will do, also an error. */
const PROGRAM = `
const [reader, path] = process.argv.slice(1)
const { readFile } = require('node:fs/promises')
const decode = ([{ parquetReadObjects }, bytes]) => parquetReadObjects({ file: new Uint8Array(bytes).buffer })
Promise.all([import(reader), readFile(path)]).then(decode).catch(() => {})
`

/**
 * Whether decoding a Parquet file comes to an end, with or without an error. The reader trusts the counts that it reads:
 * a damaged one can make it fill an array until V8 ends the process, which cannot be caught, not even in a thread. So a
 * file without a checksum is first decoded by a process of its own.
 * @param timeMs far more than a sound file needs: one of 20 MB, for 100,000 files of a lake, takes a second.
 */
export async function decodingEnds(
  path: string,
  bytes: number,
  timeMs = 10_000 + Math.ceil(bytes / 2 ** 20) * 2_000,
): Promise<boolean> {
  if (bytes > MAX_TRIED_BYTES) return true
  const reader = pathToFileURL(createRequire(import.meta.url).resolve('hyparquet')).href
  // Options of this process, such as a debugger's, are not for the other one.
  const env = { ...process.env, NODE_OPTIONS: '' }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`--max-old-space-size=${HEAP_MB}`, '-e', PROGRAM, reader, path],
      { env, timeout: timeMs, killSignal: 'SIGKILL' },
      // Where no process can be started, `code` is a name, and nothing is known about the file.
      (error) => resolve(error === null || typeof error.code === 'string'),
    )
  })
}
