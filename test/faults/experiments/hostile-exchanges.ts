import type { WebSocket } from 'ws'
import { foreignSnapshot, openForeignExchange } from '../../support/foreign-exchange.ts'
import { type RunEndings, recordAt } from './recorded-endings.ts'

/** One thing that a hostile exchange does when it should answer a step. */
type Attack = (random: () => number, step: number, market: WebSocket, orders: WebSocket) => void

const HUGE = 'x'.repeat(5_000_000)

const ATTACKS: Readonly<Record<string, Attack>> = {
  'bytes that are no JSON': (random, _, market) => market.send(randomText(random)),
  'a cut snapshot': (random, step, market) => {
    const text = foreignSnapshot(step)
    market.send(text.slice(0, Math.floor(random() * text.length)))
  },
  'a snapshot with another type in a field': (random, step, market) => {
    const field = pick(random, ['step', 'bid', 'ask', 'bids', 'asks', 'trades', 'last_trade', 'bid_size'])
    const value = pick(random, ['1', -1, {}, [[]], true, 1e308 * 10, 'NaN', [{ price: 'x', qty: 1 }]])
    market.send(foreignSnapshot(step, { [field]: value }))
  },
  'an old step': (_, step, market) => market.send(foreignSnapshot(Math.max(0, step - 1))),
  'many snapshots': (_, step, market) => {
    for (let at = 0; at < 50; at++) market.send(foreignSnapshot(step + at))
  },
  'fills of nothing': (random, step, market, orders) => {
    const fill = {
      order_id: `${step}-1`,
      side: 'BUY',
      price: 1,
      qty: Math.ceil(random() * 1e9),
      remaining: 0,
    }
    orders.send(JSON.stringify({ type: 'FILL', ...fill }))
    setTimeout(() => market.send(foreignSnapshot(step)), 5)
  },
  'a flood of errors': (_, step, market, orders) => {
    for (let at = 0; at < 2_000; at++) orders.send('{"type":"ERROR","message":"\\u0000\\u001b[31m\\n"}')
    market.send(foreignSnapshot(step))
  },
  'a message of 5 MB': (_, step, market) => market.send(foreignSnapshot(step, { timestamp: HUGE })),
  'an orders socket that is closed': (random, _, __, orders) =>
    orders.close(pick(random, [1000, 1001, 1008, 1011, 4000]), 'with a\nreason'),
  'a market socket that is closed': (random, _, market) =>
    market.close(pick(random, [1000, 1001, 1008, 1011, 4000])),
  'sockets that are gone': (_, __, market, orders) => {
    for (const socket of [market, orders]) socket.terminate()
  },
  'a frame that is none': (_, __, market) => {
    const { _socket: raw } = market as unknown as { readonly _socket: { write(data: Buffer): void } }
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  },
  'a binary frame and then the snapshot': (_, step, market) => {
    market.send(Buffer.from('{"type":"MARKET_DATA"}'))
    market.send(foreignSnapshot(step))
  },
}

export const ATTACK_NAMES = Object.keys(ATTACKS)
const CALM_STEPS = 20

/** A run at an exchange that behaves for some steps and then attacks; its ending is added to `endings`. */
export async function runAtHostileExchange(
  name: string,
  random: () => number,
  folder: string,
  endings: RunEndings,
): Promise<void> {
  const calm = Math.floor(random() * CALM_STEPS)
  let step = 1
  const { url, close } = await openForeignExchange({
    start: { status: 200, body: { run_id: 'r', token: 't', seed: 1, duration_sec: CALM_STEPS / 5 } },
    onOpen: (market) => market.send(foreignSnapshot(0)),
    onMessage: ({ action }, market, orders) => {
      if (action !== 'DONE') return
      if (step === calm + 1) ATTACKS[name]?.(random, step++, market, orders)
      else market.send(foreignSnapshot(step++))
    },
  })
  try {
    await recordAt(url, folder, name, endings)
  } finally {
    close()
  }
}

/** Starts that are refused, or that are no answer at all. */
const STARTS: readonly { readonly status: number; readonly body: unknown }[] = [
  { status: 200, body: '<html></html>' },
  { status: 200, body: 'null' },
  { status: 200, body: { run_id: 5, token: [] } },
  { status: 200, body: `{"run_id":"${'x'.repeat(2_000_000)}"}` },
  { status: 302, body: '' },
  { status: 400, body: { error: 'already\nrunning' } },
  { status: 401, body: {} },
  { status: 403, body: { message: '\u001b[2J' } },
  { status: 429, body: 'slow down' },
  { status: 500, body: { error: { message: 'no' } } },
  { status: 503, body: { detail: 'full' } },
]

export async function startAtHostileExchanges(folder: string, endings: RunEndings): Promise<void> {
  for (const start of STARTS) {
    const { url, close } = await openForeignExchange({ start })
    try {
      await recordAt(url, folder, `a start answered with ${start.status}`, endings)
    } finally {
      close()
    }
  }
}

function pick<T>(random: () => number, among: readonly T[]): T {
  return among[Math.floor(random() * among.length)] as T
}

function randomText(random: () => number): string {
  return Array.from({ length: 40 }, () => String.fromCharCode(32 + Math.floor(random() * 600))).join('')
}
