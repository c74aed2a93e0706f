import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { widthOf } from '../../src/commands/terminal/wrap.ts'
import { until } from '../daemon/simulated-daemon.ts'
import { atTerminal } from './at-terminal.ts'
import { emulatedScreen } from './emulated-screen.ts'
import { runCommand } from './run-command.ts'
import { runningDaemonOfFile } from './running-daemon-of-file.ts'

const daemon = runningDaemonOfFile()

/** What `top` connects to: passes everything on to the daemon, and can go away and come back at the same port. */
async function openFront() {
  let port = 0
  let server: Server | null = null
  const sockets = new Set<Socket>()
  const open = async () => {
    server = createServer((request, response) => {
      const gone = new AbortController()
      response.on('close', () => gone.abort())
      fetch(daemon.url + request.url, { signal: gone.signal })
        .then(async (answer) => {
          response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' })
          response.flushHeaders()
          for await (const bytes of answer.body as AsyncIterable<Uint8Array>) response.write(bytes)
          response.end()
        })
        .catch(() => response.destroy())
    })
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const close = async () => {
    const closed = new Promise((resolve) => server?.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await open()
  onTestFinished(close)
  return { url: `http://127.0.0.1:${port}`, open, close }
}

/** `top` at a terminal of this width and 24 lines; `watch` looks on and ends it, by a key or by the signal. */
async function topAt(
  columns: number,
  url: string,
  watch: (terminal: {
    readonly screen: ReturnType<typeof emulatedScreen>
    press(key: string): void
    resize(columns: number): void
    interrupt(): void
  }) => Promise<void>,
) {
  const { stdin, stdout } = process
  const isRaw = { now: false }
  const setRawMode = (value: boolean) => {
    isRaw.now = value
    return stdin
  }
  const before = Object.getOwnPropertyDescriptors(stdin) as Record<string, PropertyDescriptor>
  for (const [name, value] of Object.entries({ isTTY: true, setRawMode }))
    Object.defineProperty(stdin, name, { value, configurable: true, writable: true })
  vi.spyOn(stdin, 'resume').mockReturnValue(stdin)
  vi.spyOn(stdin, 'pause').mockReturnValue(stdin)
  const stopping = new AbortController()
  // As wide as any, so that a line that is too long is seen and not folded.
  const screen = emulatedScreen(1_000)
  screen.write('$ optionlake top\n')
  try {
    return await atTerminal(columns, async () => {
      Object.defineProperty(stdout, 'rows', { value: 24, configurable: true, writable: true })
      const ended = runCommand(['top', '--url', url], {}, { signal: stopping.signal, onOutput: screen.write })
      await until(
        async () => screen.isAlternate() && screen.lines().length > 1,
        (isThere) => isThere,
      )
      expect(isRaw.now).toBe(true)
      await watch({
        screen,
        press: (key) => void stdin.emit('data', Buffer.from(key)),
        resize: (to) => {
          Object.assign(stdout, { columns: to })
          stdout.emit('resize')
        },
        interrupt: () => stopping.abort(new Error('stopped by SIGINT')),
      })
      const { code, stderr } = await ended
      return { code, stderr, isRaw: isRaw.now, screen }
    })
  } finally {
    stopping.abort(new Error('the test is over'))
    for (const name of ['isTTY', 'setRawMode']) {
      const own = before[name]
      if (own === undefined) Reflect.deleteProperty(stdin, name)
      else Object.defineProperty(stdin, name, own)
    }
    Reflect.deleteProperty(stdout, 'rows')
    vi.restoreAllMocks()
  }
}

const widest = (lines: readonly string[]) => Math.max(...lines.map(widthOf))

test('a resize redraws at once within the new width, and q gives the terminal back', async () => {
  const { code, stderr, isRaw, screen } = await topAt(120, daemon.url, async ({ screen, press, resize }) => {
    expect(widest(screen.lines())).toBeGreaterThan(60)
    resize(60)
    const narrow = screen.lines()
    expect(narrow[0]).toMatch(/^optionlake at http/)
    expect(widest(narrow)).toBeLessThanOrEqual(60)
    expect(narrow.length).toBeLessThanOrEqual(24)
    expect(screen.isCursorShown()).toBe(false)
    press('x')
    await setTimeout(20)
    expect(screen.isAlternate()).toBe(true)
    press('q')
  })
  expect({ code, stderr, isRaw }).toEqual({ code: 0, stderr: '', isRaw: false })
  expect(screen.lines()).toEqual(['$ optionlake top'])
  expect([screen.isCursorShown(), screen.isAlternate()]).toEqual([true, false])
})

test.each(['the key Ctrl-C', 'a signal'])('%s gives the terminal back', async (way) => {
  const { isRaw, screen } = await topAt(80, daemon.url, async ({ press, interrupt }) => {
    if (way === 'a signal') interrupt()
    else press('\u0003')
  })
  expect(isRaw).toBe(false)
  expect(screen.lines()).toEqual(['$ optionlake top'])
  expect([screen.isCursorShown(), screen.isAlternate()]).toEqual([true, false])
})

test('a daemon that goes away is said to give no answer within seconds, and nothing once it is back', async () => {
  const front = await openFront()
  const { code, stderr } = await topAt(80, front.url, async ({ screen, press }) => {
    const shows = (wanted: RegExp, isWanted = true) =>
      until(
        async () => screen.lines().join('\n'),
        (text) => wanted.test(text) === isWanted,
      )
    expect(screen.lines().join('\n')).not.toContain('no answer')
    await front.close()
    await shows(/no answer: .*ECONNREFUSED.*; asking again/)
    // What was known stays on the screen.
    expect(screen.lines().join('\n')).toMatch(/^IWM +0 of 78 /m)
    await front.open()
    await shows(/no answer/, false)
    press('q')
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
