import { CLIENT_INSTRUMENTS, type ClientInstrument } from './instruments.ts'
import { sourceFile } from './simulate-program.ts'

/** What a market serves: the suites expect data of it, and else the code that says that there are none. */
export interface MarketProfile {
  readonly symbol: string
  readonly account: string
  readonly options: boolean
  /** Near the underlying's price, dollars. */
  readonly price: number
  readonly optionPrice: number
  /** Kinds of daily bars of the underlying. */
  readonly dailyBars: readonly string[]
  /** Whether there are bars of minutes and seconds, of the underlying and of an option. */
  readonly shortBars: boolean
  /** The market has only just begun: a bar that is longer than its history may be missing. */
  readonly isYoung: boolean
  readonly optionBars: boolean
  /** Whether the underlying has single trades, a quote with both sides, and realtime bars. */
  readonly trades: boolean
  readonly quotes: boolean
  readonly realtimeBars: boolean
  /** End of the historical ticks that are requested. */
  readonly ticksUntil: string
  /** What orders are for, with a quantity and limits that no market price and every market price meets. */
  readonly trade: 'stock' | 'option'
  readonly quantity: number
  readonly lowPrice: number
  readonly highPrice: number
  /** Instruments of other kinds that the suites qualify and stream too. */
  readonly instruments: readonly ClientInstrument[]
}

/** A market of `optionlake simulate`, by its options. */
export interface ClientMarket {
  readonly name: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly profile: MarketProfile
}

const SYNTHETIC: MarketProfile = {
  symbol: 'SPY',
  account: 'DU1234567',
  options: true,
  price: 700,
  optionPrice: 12,
  dailyBars: ['TRADES', 'OPTION_IMPLIED_VOLATILITY', 'HISTORICAL_VOLATILITY', 'MIDPOINT', 'BID', 'ASK'],
  shortBars: true,
  isYoung: false,
  optionBars: true,
  trades: true,
  quotes: true,
  realtimeBars: true,
  ticksUntil: '20261120 10:59:00 US/Eastern',
  trade: 'stock',
  quantity: 100,
  lowPrice: 100,
  highPrice: 900,
  instruments: [],
}

/** Since when AAPL has adjusted options beside its standard ones. */
const THREE_FOR_TWO = { kind: 'split', symbol: 'AAPL', date: '2026-11-18', shares: 3, for: 2 }

/** Recorded markets have quotes of options alone. */
const RECORDED: MarketProfile = {
  ...SYNTHETIC,
  dailyBars: [],
  shortBars: false,
  optionBars: false,
  trades: false,
  quotes: false,
  realtimeBars: false,
  trade: 'option',
  quantity: 1,
  lowPrice: 0.05,
  highPrice: 200,
}

/** Every market of the simulator; `replay` is a lake that was recorded from the synthetic market. */
export function clientMarkets(replay: string): readonly ClientMarket[] {
  return [
    {
      name: 'synthetic',
      args: ['--now', '2026-11-20T11:00:00-05:00'],
      environment: { OPTIONLAKE_SIMULATOR_CORPORATE_ACTIONS: JSON.stringify([THREE_FOR_TWO]) },
      profile: { ...SYNTHETIC, instruments: CLIENT_INSTRUMENTS },
    },
    {
      name: 'recorded chain',
      args: [
        '--chain',
        sourceFile('test/fixtures/spy-chain-2024-06-14.csv'),
        '--now',
        '2024-06-14T15:28:47Z',
      ],
      profile: { ...RECORDED, price: 541.65, ticksUntil: '20240614 11:00:00 US/Eastern' },
    },
    {
      name: 'replay',
      args: ['--replay', replay],
      profile: { ...RECORDED, dailyBars: ['TRADES', 'OPTION_IMPLIED_VOLATILITY'] },
    },
    {
      name: 'scenario',
      args: ['--scenario', 'normal_market', '--now', '2026-11-20T11:00:00-05:00'],
      profile: {
        ...SYNTHETIC,
        symbol: 'EXCH',
        price: 1_000,
        dailyBars: [],
        isYoung: true,
        optionBars: false,
        ticksUntil: '20261120 12:00:00 US/Eastern',
        lowPrice: 900,
        highPrice: 1_100,
      },
    },
  ]
}
