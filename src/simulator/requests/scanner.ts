import { API_ERRORS } from '../errors.ts'
import type { Market, SimContract, SimQuote } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { scannerData, scannerParameters } from '../wire/reference.ts'
import { answerLater } from './answer-later.ts'
import { openPolling } from './polling.ts'
import type { RequestTable } from './request.ts'

/** Scans of the market's stocks by what their quotes say. */
export const SCANNER_REQUESTS: RequestTable = {
  22: { name: 'reqScannerSubscription', idField: 1, answer: scan },
  23: { name: 'cancelScannerSubscription', idField: 2, answer: cancelScan },
  24: { name: 'reqScannerParameters', answer: (client) => client.send(scannerParameters(parametersXml())) },
}

interface Listed {
  readonly contract: SimContract
  readonly quote: SimQuote
}

/** What each scan ranks by, the largest first; null leaves a stock out. */
const SCANS: Readonly<Record<string, (quote: SimQuote) => number | null>> = {
  TOP_PERC_GAIN: changeFraction,
  TOP_PERC_LOSE: (quote) => negated(changeFraction(quote)),
  MOST_ACTIVE: ({ volume }) => volume ?? null,
  HIGH_OPT_IMP_VOLAT: ({ impliedVol30Fraction }) => impliedVol30Fraction ?? null,
  LOW_OPT_IMP_VOLAT: ({ impliedVol30Fraction }) => negated(impliedVol30Fraction ?? null),
}

/** Milliseconds between the results of an open scan, as at Interactive Brokers. */
const REFRESH_MS = 30_000
const MOST_ROWS = 50

interface ScanRequest {
  readonly rank: (quote: SimQuote) => number | null
  readonly rows: number
  readonly accepts: (quote: SimQuote) => boolean
}

/** `22|req|rows|instrument|location|scanCode|abovePrice|belowPrice|aboveVolume|…`: the other filters are not applied. */
function scan(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const rows = optionalReal(fields)
  const instrument = fields.text()
  const location = fields.text()
  const scanCode = fields.text()
  const abovePrice = optionalReal(fields)
  const belowPrice = optionalReal(fields)
  const aboveVolume = optionalReal(fields)
  if (client.open.has(requestId)) {
    client.sendError(requestId, API_ERRORS.duplicateId())
    return
  }
  const rank = SCANS[scanCode]
  if (!rank || !isUnitedStatesStock(instrument, location)) {
    client.sendError(
      requestId,
      API_ERRORS.scanner(
        rank
          ? `No market for ${instrument} in ${location}`
          : `Scanner type with code ${scanCode} is disabled`,
      ),
    )
    return
  }
  const request: ScanRequest = {
    rank,
    rows: rows === null || rows <= 0 ? MOST_ROWS : Math.min(rows, MOST_ROWS),
    accepts: ({ last, volume }) =>
      (abovePrice === null || (last ?? 0) >= abovePrice) &&
      (belowPrice === null || (last ?? Number.POSITIVE_INFINITY) <= belowPrice) &&
      (aboveVolume === null || (volume ?? 0) >= aboveVolume),
  }
  openScan(client, { requestId, request }, state)
}

/** The first result after the latency, then one every half a minute, while the farm of histories is up. */
function openScan(
  client: Client,
  { requestId, request }: { requestId: number; request: ScanRequest },
  state: SimulatorState,
): void {
  const lookup = { client, requestId, state }
  const result = () => scannerData(requestId, ranked(request, stocksOf(state.market, state)))
  const terms = {
    farm: 'history',
    kind: 'scanner',
    latencyMs: state.latencies.answerMs(requestId),
  } as const
  answerLater(lookup, terms, () => ({
    opening: result(),
    follow: () =>
      openPolling(lookup, { kind: 'scanner', farm: 'history', waitMs: () => REFRESH_MS }, () =>
        client.send(result()),
      ),
  }))
}

/** `23|1|req`: the end of a scan is told as error 162, as Interactive Brokers does. */
function cancelScan(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind !== 'scanner') return
  open.close()
  client.sendError(requestId, API_ERRORS.scanner(`API scanner subscription cancelled: ${requestId}`))
}

function stocksOf(market: Market, { clock }: SimulatorState): Listed[] {
  const now = clock.now()
  return market.find({ secType: 'STK' }).map((contract) => ({ contract, quote: market.quote(contract, now) }))
}

function ranked({ rank, rows, accepts }: ScanRequest, listed: readonly Listed[]): SimContract[] {
  return listed
    .flatMap(({ contract, quote }) => {
      const value = accepts(quote) ? rank(quote) : null
      return value === null ? [] : [{ contract, value }]
    })
    .sort((a, b) => b.value - a.value || a.contract.conId - b.contract.conId)
    .slice(0, rows)
    .map(({ contract }) => contract)
}

function changeFraction({ last, close }: SimQuote): number | null {
  return last === undefined || last === null || !close ? null : last / close - 1
}

const negated = (value: number | null) => (value === null ? null : -value)

function isUnitedStatesStock(instrument: string, location: string): boolean {
  return instrument === 'STK' && location.startsWith('STK.US')
}

/** An empty field, and the value that clients send for "not set", are null. */
function optionalReal(fields: Fields): number | null {
  const text = fields.text()
  const value = Number(text)
  const isSet = text !== '' && Number.isFinite(value) && Math.abs(value) < 2_147_483_647
  return isSet ? value : null
}

function parametersXml(): string {
  const types = Object.keys(SCANS)
    .map((code) => `<ScanType><displayName>${code}</displayName><scanCode>${code}</scanCode></ScanType>`)
    .join('')
  return (
    '<?xml version="1.0" encoding="UTF-8"?><ScanParameterResponse><InstrumentList><Instrument>' +
    '<name>US Stocks</name><type>STK</type></Instrument></InstrumentList><LocationTree><Location>' +
    '<displayName>US Stocks</displayName><locationCode>STK.US</locationCode></Location></LocationTree>' +
    `<ScanTypeList>${types}</ScanTypeList></ScanParameterResponse>`
  )
}
