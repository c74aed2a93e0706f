import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { makePageLake } from '../../page/page-lake.ts'

/** Ports that the docs name. */
const PORTS = [8787, 4001, 4002, 8080, 8433] as const
/** Folders of a machine that the docs name: here they are inside the reader's folder. */
const FOLDERS = ['/mnt/backup', '/var/lib/optionlake', '/srv/lake']

/** Where one page is tried: a folder as a reader has it, with a lake, and ports that are free. */
export interface Reader {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  port(named: (typeof PORTS)[number]): number
  /** The command with this machine's ports and folders. */
  here(command: string): string
}

/** The lake that every page begins with: SPY and QQQ, a year of daily prices, the first slots of 2026-11-20. */
export async function makeSharedLake(folder: string): Promise<void> {
  await makePageLake(folder, { sessions: 1, until: '10:15', hasHoles: false, hasYear: false })
}

/** Few contracts, so that a slot takes a second. */
const SMALL_UNIVERSE = {
  OPTIONLAKE_UNIVERSE_POLICY: 'plain',
  OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '2',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.03',
  OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500',
}

export async function openReader(
  folder: string,
  { root, lake }: { readonly root: string; readonly lake: string },
): Promise<Reader> {
  const ports = new Map<number, number>()
  for (const named of PORTS) ports.set(named, await freePort())
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(
    join(folder, 'bin/optionlake'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/main.js')}" "$@"\n`,
    { mode: 0o755 },
  )
  for (const name of ['docs', 'build']) symlinkSync(join(root, name), join(folder, name))
  cpSync(join(root, 'config'), join(folder, 'config'), { recursive: true })
  for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true })
  cpSync(lake, join(folder, 'lake/simulated'), { recursive: true })
  cpSync(join(root, 'test/fixtures/spy-chain-2024-06-14.csv'), join(folder, 'spy.csv'))
  const port = (named: number) => ports.get(named) ?? named
  return {
    folder,
    port,
    environment: {
      ...SMALL_UNIVERSE,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      OPTIONLAKE_HTTP_PORT: String(port(8787)),
      OPTIONLAKE_EXCHANGE_PORT: String(port(8080)),
    },
    here: (command) =>
      FOLDERS.reduce(
        (text, name) => text.replaceAll(name, join(folder, name)),
        command.replace(/\b(8787|4001|4002|8080|8433)\b/g, (named) => String(port(Number(named)))),
      ),
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}
