import type { SimContract, SimQuote } from './market.ts'
import { marketDataType, snapshotEnd, tickReqParams } from './messages.ts'
import { DATA_TYPE_NUMBERS, greeksMessage, quoteMessages, type Subscription } from './ticks.ts'
import type { Client, OpenRequest, World } from './world.ts'

export interface StreamRequest {
  readonly requestId: number
  readonly contract: SimContract
  readonly genericTicks: ReadonlySet<string>
  readonly snapshot: boolean
}

/**
 * Market data of one contract for one client. In time: kind of data and tick parameters at once; the whole quote
 * after a drawn latency; an option's model greeks after another one, never before the quote; then, of a stream, the
 * changes at every update; of a snapshot, its end. Puts itself into `client.open` and takes itself out.
 */
export function openStream(client: Client, request: StreamRequest, world: World): void {
  const { requestId, contract, snapshot } = request
  const { options, draws, timeline } = world
  const to: Subscription = { ...request, dataType: options.dataType }
  const isOption = contract.secType === 'OPT'
  const usesLine = !snapshot || options.snapshotUsesLine
  const pending = new Set<() => void>()
  let sent: SimQuote = {}
  let greeksHaveCome = false

  function after(ms: number, run: () => void): void {
    const callOff = timeline.after(ms, () => {
      pending.delete(callOff)
      run()
    })
    pending.add(callOff)
  }

  function sendQuote(): void {
    const quote = world.market.quote(contract, world.clock.now())
    const before = sent
    sent = quote
    const messages = quoteMessages(to, quote, before)
    if (messages !== '') client.send(messages)
  }

  function sendFirstQuote(): void {
    sendQuote()
    if (!isOption) completed()
    if (!snapshot) after(intervalMs, update)
  }

  function sendFirstGreeks(): void {
    if (!sent.greeks) return
    greeksHaveCome = true
    client.send(greeksMessage(to, sent.greeks))
    completed()
  }

  const intervalMs = isOption ? options.updateIntervalMs : options.underlyingUpdateIntervalMs
  function update(): void {
    const greeksBefore = sent.greeks
    sendQuote()
    const greeks = greeksHaveCome ? sent.greeks : undefined
    if (greeks && JSON.stringify(greeks) !== JSON.stringify(greeksBefore)) {
      client.send(greeksMessage(to, greeks))
    }
    after(intervalMs, update)
  }

  function completed(): void {
    if (snapshot && options.snapshotEnds === 'complete') endSnapshot()
  }

  function endSnapshot(): void {
    stream.close()
    client.send(snapshotEnd(requestId))
  }

  const stream: OpenRequest = {
    kind: snapshot ? 'snapshot' : 'stream',
    close: () => {
      if (client.open.get(requestId) !== stream) return
      client.open.delete(requestId)
      for (const callOff of pending) callOff()
      if (usesLine) world.lines.release()
    },
  }

  client.open.set(requestId, stream)
  client.send(
    marketDataType(requestId, DATA_TYPE_NUMBERS[options.dataType]) +
      tickReqParams(requestId, contract.minTick),
  )
  const firstQuoteMs = draws.firstQuoteMs(contract.conId, requestId)
  after(firstQuoteMs, sendFirstQuote)
  if (isOption && !draws.lacksGreeks(contract.conId)) {
    after(Math.max(firstQuoteMs, draws.greeksMs(contract.conId, requestId)), sendFirstGreeks)
  }
  if (snapshot && options.snapshotEnds !== 'never') after(options.snapshotTimeoutMs, endSnapshot)
}
