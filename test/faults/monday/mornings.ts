import type { CheckStatus } from '../../../src/serve/health/check.ts'
import { createLatencies } from '../../../src/simulator/latency.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { friday, monday, SEED } from './gateway-view.ts'
import type { Expectation, Morning } from './morning.ts'

const FUNDS = ['SPY', 'QQQ']
const FINE: readonly CheckStatus[] = ['ok']
const WARNED: readonly CheckStatus[] = ['warn']
const NOT_RED: readonly CheckStatus[] = ['ok', 'warn']
const NOT_GREEN: readonly CheckStatus[] = ['warn', 'fail']
const RED: readonly CheckStatus[] = ['fail']

/** What a gateway says at connect about farms that serve US data, when all is well. */
const US_FARMS = [
  { code: 2104, text: 'Market data farm connection is OK:usfarm' },
  { code: 2104, text: 'Market data farm connection is OK:usopt' },
  { code: 2106, text: 'HMDS data farm connection is OK:ushmds' },
  { code: 2158, text: 'Sec-def data farm connection is OK:secdefil' },
]
const brokenAtConnect = (farm: string) => [
  ...US_FARMS,
  { code: 2103, text: `Market data farm connection is broken:${farm}` },
]

/** Two slots: 09:30, which is due at 09:35, and 09:35, which is due at 09:40. */
const TWO_SLOTS = { symbols: FUNDS, from: '09:28', to: '09:40:30', slots: ['09:30', '09:35'] } as const

const span = (from: string, to: string, may: readonly CheckStatus[]): Expectation => ({ from, to, may })
/** Nothing is wrong that a person would have to know: green from start to end. */
const GREEN = [span('09:28:30', '09:40:25', FINE)]
/** The content is not what was asked for: not green once the first slot is due. */
const CONTENT_IS_WRONG = [span('09:35:10', '09:40:25', NOT_GREEN)]
/** A disturbance in the first slot that passes by itself: never red for the farm, and green once the slot is due. */
const FLAP = [
  span('09:28:30', '09:30', FINE),
  span('09:30', '09:35', NOT_RED),
  span('09:35:10', '09:40:25', FINE),
]
/** The same where a person may be told at once, because data cannot come. */
const OUTAGE = [span('09:28:30', '09:30', FINE), span('09:35:10', '09:40:25', FINE)]

const isOf = (symbol: string) => (contract: SimContract) => contract.symbol === symbol

/** The share of the options that the fault `silent_options` silences: the gateway's own choice, by contract. */
const isSilent = (fraction: number) => {
  const { silenceOf } = createLatencies(simulatorOptions.parse({}), SEED)
  return ({ conId }: SimContract) => silenceOf(conId) < fraction
}

/** The expirations that the Friday before was collected for and that still trade. */
const FRIDAYS_EXPIRATIONS = ['20261123']

/** Whether a contract is not in the list of the Friday before. */
const isNewSinceFriday = () => {
  const ids = new Set(
    syntheticMarket({ seed: SEED, asOf: friday('15:55') })
      .find({ secType: 'OPT' })
      .map(({ conId }) => conId),
  )
  return ({ conId, expiry }: SimContract) => !ids.has(conId) || !FRIDAYS_EXPIRATIONS.includes(expiry)
}

const SLOW_DETAILS = { detailsMedianMs: 20_000, detailsShape: 0.3, detailsRowMs: 20 }

export const MORNINGS: readonly Morning[] = [
  { ...TWO_SLOTS, name: 'quiet', about: 'nothing goes wrong', health: GREEN },

  // Farms.
  {
    ...TWO_SLOTS,
    name: 'eufarm',
    about: 'a farm of another market is broken at connect, and stays so',
    rules: { noticesAtConnect: brokenAtConnect('eufarm') },
    health: GREEN,
  },
  {
    ...TWO_SLOTS,
    name: 'usopt',
    about: 'the farm of US options is said to be broken at connect, while data flow',
    rules: { noticesAtConnect: brokenAtConnect('usopt') },
    health: [span('09:28:30', '09:35', NOT_RED), span('09:35:10', '09:40:25', FINE)],
  },
  {
    ...TWO_SLOTS,
    name: 'inactive-farms',
    about: '2107 and 2108 at connect: farms that come on demand',
    rules: {
      noticesAtConnect: [
        ...US_FARMS,
        {
          code: 2107,
          text: 'HMDS data farm connection is inactive but should be available upon demand.ushmds',
        },
        {
          code: 2108,
          text: 'Market data farm connection is inactive but should be available upon demand.usfarm.nj',
        },
        { code: 2119, text: 'Market data farm is connecting:usopt' },
      ],
    },
    health: GREEN,
  },
  {
    ...TWO_SLOTS,
    name: 'farm-flap',
    about: 'the farm of the options is broken for 30 s in the slot',
    faults: [{ at: '09:30', once: 'collecting', fault: { kind: 'farm_broken', seconds: 30 } }],
    silentSeconds: { '09:30': 30 },
    health: FLAP,
  },
  {
    ...TWO_SLOTS,
    name: 'flap-at-open',
    about: 'the farm of the options is broken from 09:29:50 to 09:30:25',
    faults: [{ at: '09:29:50', fault: { kind: 'farm_broken', seconds: 35 } }],
    silentSeconds: { '09:30': 25 },
    health: [span('09:29:40', '09:35', NOT_RED), span('09:35:10', '09:40:25', FINE)],
  },

  // Discovery.
  {
    ...TWO_SLOTS,
    name: 'slow-details-early',
    about: 'contract details after 20 s, from 09:00',
    from: '09:00',
    rules: SLOW_DETAILS,
    health: [span('09:00:30', '09:40:25', FINE)],
  },
  {
    ...TWO_SLOTS,
    name: 'slow-details-late',
    about: 'contract details after 20 s, from 09:29',
    from: '09:29',
    rules: SLOW_DETAILS,
    health: [span('09:29:30', '09:35', NOT_RED), span('09:35:10', '09:40:25', FINE)],
  },
  {
    ...TWO_SLOTS,
    name: 'friday-list',
    about: 'contract details after 10 minutes; the list of Friday is there',
    collectedFriday: true,
    rules: { detailsMedianMs: 600_000, detailsShape: 0 },
    withheld: isNewSinceFriday(),
    health: [span('09:28:30', '09:40:25', NOT_RED)],
  },
  {
    ...TWO_SLOTS,
    name: 'friday-known',
    about: 'nothing goes wrong, and Friday was collected',
    collectedFriday: true,
    health: GREEN,
  },

  // One symbol in trouble.
  ...(['unknown', 'unanswered', 'refused'] as const).map(
    (how): Morning => ({
      ...TWO_SLOTS,
      name: `symbol-${how}`,
      about: `contract details of QQQ: ${how}`,
      faults: [{ at: '09:28', fault: { kind: 'symbol_trouble', symbol: 'QQQ', how } }],
      withheld: isOf('QQQ'),
      health: CONTENT_IS_WRONG,
    }),
  ),
  {
    ...TWO_SLOTS,
    name: 'symbol-slow',
    about: 'contract details of QQQ: slow, 40 s each',
    faults: [{ at: '09:28', fault: { kind: 'symbol_trouble', symbol: 'QQQ', how: 'slow' } }],
    health: [span('09:28:30', '09:36', NOT_RED), span('09:36', '09:40:25', FINE)],
  },
  {
    ...TWO_SLOTS,
    name: 'brk-b',
    about: 'BRK.B beside SPY',
    symbols: ['SPY', 'BRK.B'],
    health: GREEN,
  },

  // The breaker.
  {
    ...TWO_SLOTS,
    name: 'breaker',
    about: 'no lookup is answered for two and a half slots',
    from: '09:29',
    to: '09:45:30',
    slots: ['09:30', '09:35', '09:40'],
    faults: [{ at: '09:29', fault: { kind: 'farm_broken', farm: 'definitions', seconds: 780 } }],
    withheld: (_, slot) => slot < monday('09:40'),
    speed: 8,
    health: [
      span('09:35:10', '09:40', NOT_GREEN),
      span('09:40:10', '09:42', RED),
      // Daily history was not fetched either, and is tried again later.
      span('09:45:10', '09:45:25', NOT_RED),
    ],
  },
  {
    ...TWO_SLOTS,
    name: 'gateway-gone',
    about: 'the gateway is gone for two and a half slots',
    to: '09:45:30',
    slots: ['09:30', '09:35', '09:40'],
    faults: [{ at: '09:29:30', fault: { kind: 'restart', seconds: 750 } }],
    withheld: (_, slot) => slot < monday('09:40'),
    health: [span('09:31', '09:42', RED), span('09:45:10', '09:45:25', FINE)],
  },

  // Outages inside a slot.
  {
    ...TWO_SLOTS,
    name: 'server-1102',
    about: '1100 for 30 s, then 1102: the streams continue',
    faults: [
      { at: '09:30', once: 'collecting', fault: { kind: 'server_lost', streams: 'kept', seconds: 30 } },
    ],
    silentSeconds: { '09:30': 30 },
    health: OUTAGE,
  },
  {
    ...TWO_SLOTS,
    name: 'server-1101',
    about: '1100 for 30 s, then 1101: the streams have ended',
    faults: [
      { at: '09:30', once: 'collecting', fault: { kind: 'server_lost', streams: 'lost', seconds: 30 } },
    ],
    silentSeconds: { '09:30': 30 },
    health: OUTAGE,
  },
  {
    ...TWO_SLOTS,
    name: 'competing',
    about: 'another session holds the data for 40 s',
    faults: [{ at: '09:30', once: 'collecting', fault: { kind: 'competing_session', seconds: 40 } }],
    silentSeconds: { '09:30': 40 },
    health: OUTAGE,
  },

  ...(
    [
      ['competing-at-open', 'another session holds the data', { kind: 'competing_session', seconds: 45 }],
      [
        'server-at-open',
        'the connection to IB is lost',
        { kind: 'server_lost', streams: 'lost', seconds: 45 },
      ],
    ] as const
  ).map(
    ([name, what, fault]): Morning => ({
      ...TWO_SLOTS,
      name,
      about: `${what} from 09:29:50 for 45 s`,
      faults: [{ at: '09:29:50', fault }],
      silentSeconds: { '09:30': 35 },
      health: [span('09:35:10', '09:40:25', FINE)],
    }),
  ),

  // Lines.
  {
    ...TWO_SLOTS,
    name: 'lines',
    about: '85 of 100 lines are taken elsewhere',
    faults: [{ at: '09:28', fault: { kind: 'lines_taken', count: 85 } }],
    health: [span('09:28:30', '09:40:25', NOT_RED)],
  },

  // A slot is its own time.
  {
    ...TWO_SLOTS,
    name: 'late-start',
    about: 'the daemon begins three minutes into the slot',
    from: '09:33',
    health: [span('09:33:30', '09:40:25', FINE)],
  },

  // Numbers.
  {
    ...TWO_SLOTS,
    name: 'clock-5s',
    about: "the gateway's clock is 5 s ahead",
    rules: { clockOffsetSeconds: 5 },
    health: [span('09:29', '09:40:25', WARNED)],
  },
  {
    ...TWO_SLOTS,
    name: 'clock-40s',
    about: "the gateway's clock is 40 s ahead",
    rules: { clockOffsetSeconds: 40 },
    health: [span('09:29', '09:30', NOT_GREEN), span('09:30:05', '09:40:25', RED)],
  },
  {
    ...TWO_SLOTS,
    name: 'hours',
    about: 'options of AAPL close at 16:00, those of SPY at 16:15',
    symbols: ['SPY', 'AAPL'],
    from: '15:55:01',
    to: '16:10:30',
    slots: ['15:55', '16:00', '16:05'],
    config: { 'harvest.afterClose': true },
    health: [span('16:00:10', '16:10:25', NOT_RED)],
  },

  // Content.
  {
    ...TWO_SLOTS,
    name: 'delayed',
    about: 'all data are delayed',
    rules: { dataType: 'delayed' },
    health: CONTENT_IS_WRONG,
  },
  {
    ...TWO_SLOTS,
    name: 'frozen',
    about: 'all data are frozen',
    rules: { dataType: 'frozen' },
    health: CONTENT_IS_WRONG,
  },
  {
    ...TWO_SLOTS,
    name: 'no-bids',
    about: 'no option has a bid',
    faults: [{ at: '09:28', fault: { kind: 'no_bids' } }],
    health: CONTENT_IS_WRONG,
  },
  {
    ...TWO_SLOTS,
    name: 'silent-quarter',
    about: 'a quarter of the contracts sends nothing',
    faults: [{ at: '09:28', fault: { kind: 'silent_options', fraction: 0.25 } }],
    withheld: isSilent(0.25),
    health: CONTENT_IS_WRONG,
  },
  {
    ...TWO_SLOTS,
    name: 'unknown-codes',
    about: 'unknown codes on every stream, and floods of errors',
    faults: [
      {
        at: '09:28',
        fault: { kind: 'notice', code: 20_001, text: 'What nobody has heard of', to: 'streams' },
      },
      { at: '09:29:50', fault: { kind: 'error_flood', count: 3_000 } },
      { at: '09:30:20', fault: { kind: 'error_flood', count: 3_000 } },
    ],
    health: [span('09:28:30', '09:40:25', NOT_RED)],
  },
  {
    ...TWO_SLOTS,
    name: 'new-strikes',
    about: 'a fifth of the strikes and the expiration of the day are listed at 09:44',
    // Listed again every 19.5 minutes: at 09:49:30.
    config: { 'chain.listingsPerSession': 20 },
    faults: [
      { at: '09:28', fault: { kind: 'late_listing', strikesFraction: 0.2, today: true, seconds: 960 } },
    ],
    slots: ['09:55'],
    to: '10:00:30',
    health: [span('09:28:30', '10:00:25', NOT_RED)],
  },
  {
    ...TWO_SLOTS,
    name: 'history-refused',
    about: 'one item of history is refused; the others are not asked for again',
    symbols: ['SPY'],
    from: '09:29',
    to: '10:02',
    slots: ['09:30', '09:55'],
    faults: [
      {
        at: '09:29',
        fault: { kind: 'history_refused', symbol: 'SPY', what: 'OPTION_IMPLIED_VOLATILITY' },
      },
    ],
    // Bars of SPY and of the VIX, and the volatility of SPY.
    asked: ({ received }) =>
      (received.reqHistoricalData ?? 0) === 3
        ? []
        : [`history was requested ${received.reqHistoricalData ?? 0} times for 3 items`],
    health: [span('09:29:30', '10:01:50', NOT_RED)],
  },

  // Pairs.
  {
    ...TWO_SLOTS,
    name: 'slow-details+flap',
    about: 'contract details after 20 s from 09:29, and a farm flap of 30 s',
    from: '09:29',
    rules: SLOW_DETAILS,
    faults: [{ at: '09:30', once: 'collecting', fault: { kind: 'farm_broken', seconds: 30 } }],
    silentSeconds: { '09:30': 30 },
    health: [span('09:29:30', '09:35', NOT_RED), span('09:35:10', '09:40:25', FINE)],
  },
  {
    ...TWO_SLOTS,
    name: 'lines+competing',
    about: '85 lines are taken elsewhere, and another session holds the data for 40 s',
    faults: [
      { at: '09:28', fault: { kind: 'lines_taken', count: 85 } },
      { at: '09:30', once: 'collecting', fault: { kind: 'competing_session', seconds: 40 } },
    ],
    silentSeconds: { '09:30': 40 },
    health: [span('09:35:10', '09:40:25', NOT_RED)],
  },
  {
    ...TWO_SLOTS,
    name: 'unknown+breaker',
    about: 'QQQ is unknown, and no lookup is answered for two and a half slots',
    from: '09:29',
    to: '09:45:30',
    slots: ['09:30', '09:35', '09:40'],
    faults: [
      { at: '09:29', fault: { kind: 'symbol_trouble', symbol: 'QQQ', how: 'unknown' } },
      { at: '09:29', fault: { kind: 'farm_broken', farm: 'definitions', seconds: 780 } },
    ],
    withheld: (contract, slot) => slot < monday('09:40') || contract.symbol === 'QQQ',
    speed: 8,
    health: [span('09:35:10', '09:40', NOT_GREEN), span('09:40:10', '09:45:25', NOT_GREEN)],
  },
  {
    ...TWO_SLOTS,
    name: 'delayed+late-start',
    about: 'all data are delayed, and the daemon begins three minutes into the slot',
    from: '09:33',
    rules: { dataType: 'delayed' },
    health: CONTENT_IS_WRONG,
  },
]
