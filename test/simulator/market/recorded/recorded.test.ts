import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { epochMs } from '../../../../src/market/units.ts'
import { EXIT, Failure } from '../../../../src/process/failure.ts'
import { DAY_SECONDS } from '../../../../src/simulator/market/market.ts'
import { CHAIN_COLUMNS } from '../../../../src/simulator/market/recorded/chain-file.ts'
import { recordedMarket } from '../../../../src/simulator/market/recorded/recorded.ts'

const recordedAt = epochMs(Date.parse('2024-06-14T15:28:47Z'))
const fixture = readFileSync(join(import.meta.dirname, '../../../fixtures/spy-chain-2024-06-14.csv'), 'utf8')
const header = CHAIN_COLUMNS.join(',')
const good =
  'SPY,20240719,540,C,8.67,8.69,12,9,8.68,1208,27573,0.109446,0.560317,0.021358,-0.154079,0.663568,541.65'
const open = (...lines: string[]) =>
  recordedMarket([header, ...lines].join('\n'), { name: 'spy.csv', now: recordedAt })

describe('a real chain', () => {
  const market = recordedMarket(fixture, { name: 'fixture', now: recordedAt })
  const [spy] = market.find({ symbol: 'SPY', secType: 'STK' })
  const options = market.find({ symbol: 'SPY', secType: 'OPT' })

  test('lists every contract of the file once, with unique ids', () => {
    expect(options).toHaveLength(fixture.trim().split('\n').length - 1)
    expect(new Set(options.map(({ conId }) => conId)).size).toBe(options.length)
    expect(options.every(({ conId }) => market.byConId(conId)?.conId === conId)).toBe(true)
    const [row] = market.chainRows(spy!.conId)
    expect(row).toMatchObject({ exchange: 'SMART', tradingClass: 'SPY', multiplier: '100' })
    expect(row!.expirations).toHaveLength(36)
  })

  test('gives the same ids for any order of lines', () => {
    const [first = '', ...lines] = fixture.trim().split('\n')
    const turned = recordedMarket([first, ...lines.reverse()].join('\n'), { name: 'turned', now: recordedAt })
    for (const { conId, localSymbol } of options) expect(turned.byConId(conId)?.localSymbol).toBe(localSymbol)
  })

  test('serves the recorded quotes, unchanged over time', () => {
    const [call] = market.find({ symbol: 'SPY', expiry: '20240719', strike: 542, right: 'C' })
    const quote = market.quote(call!, recordedAt)
    const cells = fixture
      .split('\n')
      .find((line) => line.startsWith('SPY,20240719,542,C'))!
      .split(',')
    expect([quote.bid, quote.ask, quote.volume, quote.openInterest]).toEqual(
      [4, 5, 9, 10].map((column) => Number(cells[column])),
    )
    expect(quote.greeks?.impliedVolFraction).toBe(Number(cells[11]))
    expect(quote.greeks?.underlyingPrice).toBe(541.6500032)
    expect(market.quote(call!, epochMs(recordedAt + 86_400_000))).toEqual(quote)
    expect(market.quote(spy!, recordedAt)).toEqual({ last: 541.6500032 })
  })

  test('has no VIX, no bars and no contract that is not in the file', () => {
    expect(market.find({ symbol: 'VIX' })).toEqual([])
    expect(market.find({ symbol: 'SPY', expiry: '20240719', strike: 541.5 })).toEqual([])
    expect(
      market.bars(spy!, 'TRADES', { startAt: epochMs(0), endAt: recordedAt, barSeconds: DAY_SECONDS }),
    ).toEqual([])
  })
})

test('an empty cell is a sentinel for prices and greeks, and is not sent for the rest', () => {
  const market = open('SPY,20240719,300,P,,0.01,,,,,,,,,,,')
  const [put] = market.find({ secType: 'OPT' })
  const quote = market.quote(put!, recordedAt)
  expect(quote).toEqual({
    bid: null,
    bidSize: null,
    ask: 0.01,
    greeks: {
      impliedVolFraction: null,
      optionPrice: null,
      pvDividend: null,
      delta: null,
      gamma: null,
      vega: null,
      theta: null,
      underlyingPrice: null,
    },
  })
  expect(market.quote(market.find({ secType: 'STK' })[0]!, recordedAt)).toEqual({})
})

test('columns may be in any order, and lines may end with LF or CRLF', () => {
  const turn = (line: string) => line.split(',').reverse().join(',')
  const text = `\uFEFF${turn(header)}\r\n${turn(good)}\r\n`
  const market = recordedMarket(text, { name: 'turned', now: recordedAt })
  const [call] = market.find({ secType: 'OPT' })
  expect(call).toMatchObject({ symbol: 'SPY', expiry: '20240719', strike: 540, right: 'C' })
  expect(market.quote(call!, recordedAt)).toMatchObject({ bid: 8.67, ask: 8.69, last: 8.68, bidSize: 12 })
})

describe('a bad file says what is wrong and where', () => {
  const swap = (column: string, value: string) => {
    const cells = good.split(',')
    cells[CHAIN_COLUMNS.indexOf(column)] = value
    return cells.join(',')
  }
  const failureOf = (act: () => unknown): Failure => {
    try {
      act()
    } catch (error) {
      if (error instanceof Failure) return error
      throw error
    }
    throw new Error('nothing was refused')
  }

  test.each([
    ['symbol', 'spy', 'a symbol in capitals, such as SPY'],
    ['expiry', '2024-07-19', 'a date of the form YYYYMMDD'],
    ['expiry', '20240231', 'a date of the form YYYYMMDD'],
    ['strike', '-540', 'dollars, above 0'],
    ['right', 'call', 'C or P'],
    ['bid', 'nan', 'dollars, 0 or more, or empty'],
    ['ask', '-1', 'dollars, 0 or more, or empty'],
    ['bid_size', '1.5', 'a whole number, 0 or more, or empty'],
    ['iv', '0', 'a fraction above 0, such as 0.1842, or empty'],
    ['delta', '56', 'a number from -1 to 1, or empty'],
    ['theta', '1,5', ''],
    ['underlying_price', '0', 'dollars, above 0, or empty'],
  ])('%s "%s"', (column, value, legal) => {
    const failure = failureOf(() => open(good, swap(column, value)))
    expect(failure.exitCode).toBe(EXIT.configuration)
    expect(failure.message).toBe(
      legal === ''
        ? 'spy.csv: line 3 has 18 cells where the header has 17; write one cell per column, empty where unknown'
        : `spy.csv: line 3, column ${column}: "${value}" is not ${legal}`,
    )
  })

  test('in the file as a whole', () => {
    const read = (text: string) => () => recordedMarket(text, { name: 'spy.csv', now: recordedAt })
    const message = (text: string) => failureOf(read(text)).message
    expect(message('')).toContain('spy.csv: no column symbol, expiry, strike')
    expect(message(header)).toBe('spy.csv: no contracts below the header; write one line per contract')
    expect(message(`${header.replace('vega,', '')}\n`)).toContain(
      'spy.csv: no column vega; the columns are symbol',
    )
    expect(message(`${header},rho\n`)).toContain('spy.csv: unknown column rho; the columns are symbol')
    expect(message(`${header},bid\n`)).toBe('spy.csv: column "bid" is in the header twice')
    expect(message(`${header}\n"SPY"`)).toContain('spy.csv: line 2 has a quotation mark')
    expect(message([header, good, good].join('\n'))).toBe(
      'spy.csv: line 3 repeats SPY 20240719 540 C of line 2; keep one of them',
    )
  })

  test('and when all of it has expired', () => {
    const late = { name: 'spy.csv', now: epochMs(Date.parse('2026-11-20T15:00:00Z')) }
    expect(failureOf(() => recordedMarket([header, good].join('\n'), late)).message).toBe(
      "spy.csv: every contract has expired by 20261120, the last on 20240719; start the gateway's clock at the time of the recording",
    )
  })
})
