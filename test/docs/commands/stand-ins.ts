import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makePageLake } from '../../page/page-lake.ts'

const run = promisify(execFile)

/** Ports that the docs name. */
const PORTS = [8787, 4001, 4002, 8080, 8433] as const
/** Folders of a machine that the docs name: here they are inside the reader's folder. */
const FOLDERS = ['/mnt/backup', '/var/lib/optionlake', '/srv/lake']

/** Where one page is tried: a folder as a reader has it, with a lake, and ports that are free. */
export interface Reader {
  readonly folder: string
  /** The checkout. */
  readonly root: string
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
  {
    root,
    lake,
    webhook,
    isCheckout,
  }: {
    readonly root: string
    readonly lake: string
    /** Address of what gets messages. */
    readonly webhook: string
    /** The folder is a clone of the checkout, to which commands may do as they like. */
    readonly isCheckout: boolean
  },
): Promise<Reader> {
  const ports = new Map<number, number>()
  for (const named of PORTS) ports.set(named, await freePort())
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(
    join(folder, 'bin/optionlake'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/main.js')}" "$@"\n`,
    { mode: 0o755 },
  )
  // Both keep what they are told.
  for (const mailer of ['mail', 'msmtp'])
    writeFileSync(join(folder, 'bin', mailer), `#!/bin/sh\ncat >> "${join(folder, 'sent')}"\n`, {
      mode: 0o755,
    })
  if (isCheckout) await copyCheckout(root, folder)
  else {
    for (const name of ['docs', 'build']) symlinkSync(join(root, name), join(folder, name))
    cpSync(join(root, 'config'), join(folder, 'config'), { recursive: true })
  }
  await makeCertificate(folder)
  for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true })
  cpSync(lake, join(folder, 'lake/simulated'), { recursive: true })
  cpSync(join(root, 'test/fixtures/spy-chain-2024-06-14.csv'), join(folder, 'spy.csv'))
  const port = (named: number) => ports.get(named) ?? named
  return {
    folder,
    root,
    port,
    environment: {
      ...SMALL_UNIVERSE,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      SHELL: '/bin/bash',
      // An authority that the machine knows, for an exchange with TLS.
      NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem'),
      SLACK_URL: webhook,
      OPTIONLAKE_HTTP_PORT: String(port(8787)),
      OPTIONLAKE_EXCHANGE_PORT: String(port(8080)),
    },
    here: (command) =>
      FOLDERS.reduce(
        (text, name) => text.replaceAll(name, join(folder, name)),
        command
          .replace(/(?<= )scripts\/install-systemd\.sh/, join(root, 'scripts/install-systemd.sh'))
          .replace(/\b(8787|4001|4002|8080|8433)\b/g, (named) => String(port(Number(named)))),
      ),
  }
}

/** A git repository like a clone that can be pushed, with the modules that are installed. */
async function copyCheckout(root: string, folder: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 64e6 })
  for (const name of stdout.split('\0').filter((one) => one !== ''))
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const git = (...given: string[]) =>
    run('git', ['-c', 'user.name=reader', '-c', 'user.email=reader@example.org', ...given], { cwd: folder })
  writeFileSync(join(folder, '.gitconfig'), '[user]\nname = reader\nemail = reader@example.org\n')
  await git('init', '--quiet', '--bare', `${folder}.git`)
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'as it is')
  await git('remote', 'add', 'origin', `${folder}.git`)
  await git('push', '--quiet', '--set-upstream', 'origin', 'main')
}

async function makeCertificate(folder: string): Promise<void> {
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile],
  ])
  writeFileSync(
    join(folder, 'secure-exchange.json'),
    JSON.stringify({ exchange: { certificateFile, keyFile, participants: { team: 'pwd' } } }),
  )
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
