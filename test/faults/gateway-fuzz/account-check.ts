import { openWireClient, type WireClient } from './wire-client.ts'

/** A well-behaved client beside the hostile ones: it must be served, and what it is told must add up. */
export interface AccountCheck {
  /** How long the gateway took to tell the time, ms. */
  ping(): Promise<number>
  /** What does not add up: positions and cash against every execution so far; one line each. */
  mistakes(): Promise<string[]>
  executions(): number
  /** Texts such as NaN in anything that it was sent. */
  absurd(): number
  close(): void
}

interface Fill {
  readonly conId: string
  readonly secType: string
  readonly signed: number
  readonly value: number
}

const PATIENCE_MS = 10_000
const ABSURD = /^-?(NaN|Infinity|undefined|null)$/
/** openOrder, completedOrder and execDetails send texts back as the client wrote them, such as the reference of an order. */
const WITH_ECHO = new Set(['5', '11', '101'])
/** Orders may be filled between two questions: what does not add up is asked for again. */
const QUESTIONS = 4

/** Whether a message has a number that is none. */
export function isAbsurd(fields: readonly string[]): boolean {
  return !WITH_ECHO.has(fields[0] as string) && fields.some((field) => ABSURD.test(field))
}

export async function openAccountCheck(
  address: { readonly host: string; readonly port: number },
  startingCash: number,
): Promise<AccountCheck> {
  const fills = new Map<string, Fill>()
  const commissions = new Map<string, number>()
  let absurd = 0
  let frames: string[][] = []
  let arrived = () => {}
  let nextId = 900_000_001
  const client: WireClient = await openWireClient({ ...address, clientId: 999_999 }, (fields) => {
    if (isAbsurd(fields)) absurd++
    frames.push([...fields])
    if (fields[0] === '11') keepExecution(fields)
    if (fields[0] === '59') commissions.set(fields[2] as string, Number(fields[3]))
    arrived()
  })

  function keepExecution(fields: readonly string[]): void {
    const [execId, side] = [fields[14] as string, fields[18]]
    const [shares, price] = [Number(fields[19]), Number(fields[20])]
    const signed = side === 'BOT' ? shares : -shares
    const multiplier = Number(fields[9]) || 1
    fills.set(execId, {
      conId: fields[3] as string,
      secType: fields[5] as string,
      signed,
      value: signed * price * multiplier,
    })
  }

  /** Sends a request and collects what comes until its end. @throws Error when it does not come. */
  async function ask(fields: readonly (string | number)[], isEnd: (frame: readonly string[]) => boolean) {
    frames = []
    client.send(...fields)
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const end = frames.findIndex(isEnd)
      if (end >= 0) return frames.slice(0, end)
      if (!client.isOpen())
        throw new Error('the gateway ended the connection of a client that did nothing wrong')
      if (performance.now() > until)
        throw new Error(`no answer to ${fields.join('|')} within ${PATIENCE_MS} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        arrived = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async function cash(): Promise<number> {
    const id = nextId++
    const answer = await ask([62, 1, id, 'All', 'TotalCashValue'], ([kind]) => kind === '64')
    client.send(63, 1, id)
    return Number(answer.find(([kind, , , , tag]) => kind === '63' && tag === 'TotalCashValue')?.[5])
  }

  async function positions(): Promise<Map<string, number>> {
    const answer = await ask([61, 1], ([kind]) => kind === '62')
    client.send(64, 1)
    return new Map(
      answer.flatMap((frame) =>
        frame[0] === '61' ? [[frame[3] as string, Number(frame[14])] as const] : [],
      ),
    )
  }

  return {
    ping: async () => {
      const start = performance.now()
      await ask([49, 1], ([kind]) => kind === '49')
      return performance.now() - start
    },
    mistakes: async () => {
      let wrong = await compare()
      for (let again = 1; again < QUESTIONS && wrong.length > 0; again++) wrong = await compare()
      return wrong
    },
    executions: () => fills.size,
    absurd: () => absurd,
    close: () => client.kill(),
  }

  async function compare(): Promise<string[]> {
    await ask([7, 3, nextId++, '', '', '', '', '', '', ''], ([kind]) => kind === '55')
    const held = await positions()
    const told = await cash()
    const own = [...fills.values()].filter(({ secType }) => secType !== 'BAG')
    const expected = new Map<string, number>()
    for (const { conId, signed } of own) expected.set(conId, (expected.get(conId) ?? 0) + signed)
    const wrong = [...new Set([...expected.keys(), ...held.keys()])]
      .filter((conId) => Math.abs((expected.get(conId) ?? 0) - (held.get(conId) ?? 0)) > 1e-9)
      .map((conId) => `contract ${conId}: ${held.get(conId) ?? 0} held, ${expected.get(conId) ?? 0} traded`)
    const paid = own.reduce((sum, { value }) => sum + value, 0)
    const fees = [...commissions.values()].reduce((sum, fee) => sum + fee, 0)
    const due = startingCash - paid - fees
    if (!(Math.abs(told - due) < 0.02)) wrong.push(`cash ${told}, ${due.toFixed(2)} by the executions`)
    return wrong
  }
}
