/**
 * A client process of the benchmark: runs side by side on one exchange, each in lockstep. It parses every snapshot, and
 * every ten steps it buys or sells 100 shares at the touch.
 *
 *   node lockstep-client.js URL SCENARIO RUNS STEPS
 *
 * Prints one line of JSON: the steps and the seconds from the first snapshot of any run to the last of all.
 */
import { WebSocket } from 'ws'

const [url = '', scenario = '', runs = '1', steps = '1'] = process.argv.slice(2)
const ORDER_EVERY_STEPS = 10

interface Snapshot {
  readonly type: string
  readonly step: number
  readonly bid: number
  readonly ask: number
}

async function start(): Promise<{ run_id: string; token: string }> {
  const response = await fetch(`${url}/api/replays/${scenario}/start?steps=${Number(steps)}`, {
    headers: { Authorization: 'Bearer guest', 'X-Team-Password': 'optionlake' },
  })
  if (!response.ok) throw new Error(`start was answered with ${response.status}`)
  return (await response.json()) as { run_id: string; token: string }
}

/** Plays one run; resolves when its last snapshot has come. */
function play({ run_id, token }: { run_id: string; token: string }, onFirst: () => void): Promise<void> {
  const base = url.replace(/^http/, 'ws')
  const options = { perMessageDeflate: false }
  const orders = new WebSocket(`${base}/api/ws/orders?token=${token}&run_id=${run_id}`, options)
  const market = new WebSocket(`${base}/api/ws/market?run_id=${run_id}`, options)
  return new Promise((resolve, reject) => {
    const last = Number(steps)
    market.on('message', (data) => {
      const snapshot = JSON.parse(String(data)) as Snapshot
      if (snapshot.type !== 'MARKET_DATA') return
      if (snapshot.step === 0) onFirst()
      if (snapshot.step === last) return resolve()
      if (snapshot.step % ORDER_EVERY_STEPS === 0 && snapshot.bid > 0 && snapshot.ask > 0) {
        const isBuy = (snapshot.step / ORDER_EVERY_STEPS) % 2 === 0
        const price = isBuy ? snapshot.ask : snapshot.bid
        orders.send(
          JSON.stringify({ order_id: `o${snapshot.step}`, side: isBuy ? 'BUY' : 'SELL', price, qty: 100 }),
        )
      }
      orders.send('{"action":"DONE"}')
    })
    for (const socket of [market, orders]) {
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`run ${run_id} was closed early`)))
    }
  })
}

const started = await Promise.all(Array.from({ length: Number(runs) }, start))
let startedAtMs: number | null = null
await Promise.all(
  started.map((one) =>
    play(one, () => {
      startedAtMs ??= performance.now()
    }),
  ),
)
const seconds = (performance.now() - (startedAtMs ?? performance.now())) / 1_000
console.log(JSON.stringify({ steps: started.length * Number(steps), seconds }))
process.exit(0)
