import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { openWebhookServer } from '../../alerts/webhook-server.ts'

/** A message that a receiver got, and whether it said so. */
export interface Arrival {
  readonly id: string
  /** By the clock of the daemon, ms. */
  readonly at: number
  readonly changes: readonly { readonly check: string; readonly status: string }[]
  readonly isAcknowledged: boolean
}

/** A receiver that misbehaves until it is healed. */
export interface BadReceiver {
  readonly name: string
  /** Its entry in `alerts.receivers`. */
  readonly settings: unknown
  arrivals(): readonly Arrival[]
  heal(): void
  /** Closes it; false if a process was left behind. */
  close(): Promise<boolean>
}

/** What no log, answer or file may contain. */
export const SECRETS = ['T0KEN-of-the-address', 's3cret-of-the-signature', 'p4ssword-of-the-mail'] as const
export const ENVIRONMENT = {
  PATH: process.env.PATH,
  ADDRESS_TOKEN: SECRETS[0],
  SIGNING_SECRET: SECRETS[1],
  MAIL_PASSWORD: SECRETS[2],
}

const CHUNK = Buffer.alloc(65_536, 'x')

/** How a webhook can fail. An answer that repeats what it got leaks only if we show it. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse, elsewhere: string) => void>> = {
  'never-answers': () => {},
  'answers-500': (response) => void response.writeHead(500).end(SECRETS[0]),
  'answers-404': (response) => void response.writeHead(404).end(SECRETS[0]),
  redirects: (response, elsewhere) => void response.writeHead(302, { location: elsewhere }).end(),
  'large-head': (response) => void response.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end(),
  'hangs-up': (response) => void response.destroy(),
}

/** Answers with 200, and then without end: a delivery, of which nothing may be read. */
function pour(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200)
  while (!response.destroyed && response.write(CHUNK));
  if (!response.destroyed) response.once('drain', () => pour(response))
}

export async function openBadWebhooks(elsewhere: string): Promise<BadReceiver[]> {
  const bad = Object.entries(ANSWERS).map(([name, answer]) =>
    openWebhook(name, (response) => answer(response, elsewhere), false),
  )
  const good = [
    openWebhook('good', (response) => void response.writeHead(204).end(), true),
    openWebhook('answers-without-end', pour, true),
  ]
  return Promise.all([...bad, ...good])
}

async function openWebhook(
  name: string,
  answer: (response: ServerResponse) => void,
  isGood: boolean,
): Promise<BadReceiver> {
  const server = await openWebhookServer()
  const acknowledged: boolean[] = []
  let isHealed = isGood
  let respond = answer
  server.answerWith((response) => {
    acknowledged.push(isHealed)
    respond(response)
  })
  return {
    name,
    settings: { name, webhook: { url: `${server.url}/\${ADDRESS_TOKEN}`, secret: `\${SIGNING_SECRET}` } },
    arrivals: () =>
      server.received.map(({ body }, at) => ({
        ...parsed(body),
        isAcknowledged: acknowledged[at] ?? false,
      })),
    heal: () => {
      isHealed = true
      if (!isGood) respond = (response) => void response.writeHead(204).end()
    },
    close: async () => {
      await server.close()
      return true
    },
  }
}

/** What the program does with its message until the file `healed` is there. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'program-fails': 'echo "login with $MAIL_PASSWORD refused" >&2; exit 1',
  'program-hangs': 'trap "" TERM; sleep 600 & wait; sleep 600',
}

/** Programs that fail and hang, as commands; each keeps what it got in a file. */
export function makeBadPrograms(folder: string): BadReceiver[] {
  return Object.entries(PROGRAMS).map(([name, fault]) => {
    const [program, got, healed, pids] = ['run.sh', 'got', 'healed', 'pids'].map((file) =>
      join(folder, `${name}-${file}`),
    ) as [string, string, string, string]
    const keep = `if [ -e ${healed} ]; then cat >> ${got}; exit 0; fi`
    writeFileSync(program, `#!/bin/sh\necho $$ >> ${pids}\n${keep}\n${fault}\n`)
    chmodSync(program, 0o755)
    return {
      name,
      settings: { name, command: { run: [program], input: 'json', environment: ['MAIL_PASSWORD'] } },
      arrivals: () => linesOf(got).map((line) => ({ ...parsed(line), isAcknowledged: true })),
      heal: () => writeFileSync(healed, ''),
      close: async () => {
        const isClean = !linesOf(pids).some((pid) => isGroupAlive(Number(pid)))
        rmSync(program)
        return isClean
      },
    }
  })
}

function parsed(text: string): Omit<Arrival, 'isAcknowledged'> {
  const { id, at, changes } = JSON.parse(text) as Pick<Arrival, 'id' | 'changes'> & { at: string }
  return { id, changes, at: Date.parse(at) }
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean) : []
}

/** Whether a process of the program's group is left. */
function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
