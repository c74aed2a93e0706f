import { DATA_TYPE_NUMBERS, type DataType } from '../data-types.ts'
import { isFarmDown } from '../faults/farms.ts'
import { hostileTicks } from '../faults/hostile.ts'
import { COMPETING_SESSION } from '../faults/inject.ts'
import { isOption } from '../market/contracts.ts'
import type { SimContract, SimGreeks, SimQuote } from '../market/market.ts'
import type { Client, OpenRequest, SimulatorState } from '../state.ts'
import { marketDataType, snapshotEnd, tickReqParams } from '../wire/messages.ts'
import { greeksMessage, quoteMessages, type Subscription } from '../wire/ticks.ts'
import { lackingEntitlement } from './entitlement.ts'

export interface StreamRequest {
  readonly requestId: number
  readonly contract: SimContract
  readonly genericTicks: ReadonlySet<string>
  readonly snapshot: boolean
}

/** How often a stream silenced by a fault checks whether the fault is over, ms. */
const SILENCE_MS = 250

/**
 * Market data of one contract for one client, in this order: data type and tick parameters at once; the whole quote
 * after a drawn latency; an option's model greeks after a second one, never before the quote; then a stream's changes at
 * every update, or a snapshot's end. Adds itself to `client.open` and removes itself.
 */
export function openStream(client: Client, request: StreamRequest, state: SimulatorState): void {
  const { requestId, contract, snapshot } = request
  const { options, latencies, timeline } = state
  const ofOption = isOption(contract)
  const lacking = lackingEntitlement(contract, state)
  const { requestedDataType } = client
  let to: Subscription = { ...request, dataType: dataTypeNow() }
  const usesLine = !snapshot || options.snapshotUsesLine
  const pending = new Set<() => void>()
  let sent: SimQuote = {}
  let greeksAreDue = false
  let sentGreeks: SimGreeks | undefined
  let isMuted = false

  function after(ms: number, run: () => void): void {
    const cancel = timeline.after(ms, () => {
      pending.delete(cancel)
      run()
    })
    pending.add(cancel)
  }

  function isSilent(): boolean {
    const { faults } = state
    return (
      isMuted ||
      faults.has('server_lost') ||
      isFarmDown(faults, 'market') ||
      (ofOption && (faults.has('option_silence') || isSilentOption()))
    )
  }

  function isSilentOption(): boolean {
    const silent = state.faults.get('silent_options')
    return silent !== undefined && latencies.silenceOf(contract.conId) < silent.fraction
  }

  function dataTypeNow(): DataType {
    if (lacking?.isDelayed) return 'delayed'
    const served = options.dataType === 'as_requested' ? requestedDataType : options.dataType
    const recorded = state.market.dataType?.(contract, state.clock.now())
    return state.faults.get('data_type')?.dataType ?? recorded ?? served
  }

  /** Tells the client the kind of data when it has changed; then the whole quote follows in the ticks of that kind. */
  function sendDataType(): void {
    const dataType = dataTypeNow()
    if (dataType === to.dataType) return
    to = { ...to, dataType }
    sent = {}
    sentGreeks = undefined
    client.send(marketDataType(requestId, DATA_TYPE_NUMBERS[dataType]))
  }

  function sendQuote(): void {
    sendDataType()
    const quote = state.market.quote(contract, state.clock.now())
    const before = quote.isRepeated ? {} : sent
    sent = quote
    const messages = quoteMessages(to, quote, before)
    if (messages !== '') client.send(messages)
    if (state.faults.has('hostile_values')) client.send(hostileTicks(requestId))
  }

  function sendGreeks(): void {
    const { greeks } = sent
    if (!greeksAreDue || !greeks || isSame(greeks, sentGreeks)) return
    sentGreeks = greeks
    client.send(greeksMessage(to, greeks))
    completed()
  }

  function sendFirstQuote(): void {
    if (isSilent()) {
      after(SILENCE_MS, sendFirstQuote)
      return
    }
    sendQuote()
    sendGreeks()
    if (!ofOption) completed()
    if (!snapshot) after(intervalMs, update)
  }

  const intervalMs = ofOption ? options.updateIntervalMs : options.underlyingUpdateIntervalMs
  function update(): void {
    const silent = isSilent()
    if (!silent) {
      sendQuote()
      sendGreeks()
    }
    after(silent ? Math.min(intervalMs, SILENCE_MS) : intervalMs, update)
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
      for (const cancel of pending) cancel()
      if (usesLine) state.lines.release()
    },
    mute: () => {
      isMuted = true
    },
  }

  client.open.set(requestId, stream)
  const notice = ofOption ? state.faults.get('notice') : undefined
  if (notice?.to === 'streams') client.sendError(requestId, notice)
  if (state.faults.has('competing_session')) {
    stream.mute()
    client.sendError(requestId, COMPETING_SESSION)
  } else if (lacking) {
    if (!lacking.hasData) stream.mute()
    client.sendError(requestId, lacking.error)
  }
  client.send(
    marketDataType(requestId, DATA_TYPE_NUMBERS[to.dataType]) + tickReqParams(requestId, contract.minTick),
  )
  const firstQuoteMs = latencies.firstQuoteMs(contract.conId, requestId)
  after(firstQuoteMs, sendFirstQuote)
  if (ofOption && !latencies.lacksGreeks(contract.conId)) {
    after(Math.max(firstQuoteMs, latencies.greeksMs(contract.conId, requestId)), () => {
      greeksAreDue = true
      if (!isSilent()) sendGreeks()
    })
  }
  if (snapshot && options.snapshotEnds !== 'never') after(options.snapshotTimeoutMs, endSnapshot)
}

function isSame(a: SimGreeks, b: SimGreeks | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
