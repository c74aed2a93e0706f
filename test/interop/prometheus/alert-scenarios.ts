import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import type { GatewayStatus } from '../../../src/serve/health/snapshot.ts'
import type { LedgerRow, SlotReason } from '../../../src/snapshot/ledger.ts'
import type { MonitoredDaemon } from './monitored-daemon.ts'

/** One event of a daemon's life, and the alert that it must raise: that one, and no other. */
export interface AlertScenario {
  readonly name: string
  /** Null: no alert may fire. */
  readonly alert: string | null
  /** Called before each minute passes. */
  before(minute: number, daemon: MonitoredDaemon): void
}

/** Minutes that a scenario is watched: an alert on an hour that must hold for half an hour fires after 35. */
export const WATCHED_MINUTES = 75
/** A healthy quarter of an hour comes first. */
const EVENT = 16

const from =
  (event: number, act: (daemon: MonitoredDaemon) => void) => (minute: number, daemon: MonitoredDaemon) => {
    if (minute >= event) act(daemon)
  }
const once =
  (event: number, act: (daemon: MonitoredDaemon) => void) => (minute: number, daemon: MonitoredDaemon) => {
    if (minute === event) act(daemon)
  }
const slots = (changed: Partial<LedgerRow>, only?: string) => (daemon: MonitoredDaemon) => {
  daemon.circumstances.slot = (symbol) => (only === undefined || symbol === only ? changed : {})
}

const disconnected: GatewayStatus = {
  connected: false,
  since: newYorkInstant(sessionDate('2026-11-18'), '10:16'),
  reason: 'gateway_unreachable',
  detail: 'nothing listens at 127.0.0.1:4001',
  notices: [],
}
const missing = (reason: SlotReason): Partial<LedgerRow> => ({
  ...{ outcome: 'missing', reason, requested: 0, answered: 0, complete: 0, with_greeks: 0, rows: 0 },
  ...{ skew_seconds: null, zero_bid_share: null, live_rows: null, delayed_rows: null, unquoted_rows: null },
})
const partial = (reason: SlotReason, changed: Partial<LedgerRow>): Partial<LedgerRow> => ({
  ...{ outcome: 'partial', reason },
  ...changed,
})
const delayed = partial('delayed_data', { live_rows: 0, delayed_rows: 1_000 })

function disconnect(daemon: MonitoredDaemon): void {
  daemon.circumstances.health = { gateway: disconnected }
  slots(missing('gateway_unreachable'))(daemon)
}

function reconnect(daemon: MonitoredDaemon): void {
  daemon.circumstances.health = {}
  slots({})(daemon)
}

/** Every alert, and circumstances that must raise none. */
export const ALERT_SCENARIOS: readonly AlertScenario[] = [
  { name: 'a healthy hour', alert: null, before: () => {} },
  { name: 'a restart', alert: null, before: once(EVENT + 1, (daemon) => daemon.restart()) },
  {
    name: 'a connection lost for seconds',
    alert: null,
    before: (minute, daemon) => {
      const gateway = { ...disconnected, since: epochMs(disconnected.since - 5_000) }
      daemon.circumstances.health = minute === EVENT ? { gateway } : {}
    },
  },
  {
    name: 'one slot with a few delayed rows',
    alert: null,
    before: (minute, daemon) => {
      const isPoor = minute >= EVENT && minute < EVENT + 5
      slots(isPoor ? partial('delayed_data', { live_rows: 800, delayed_rows: 200 }) : {})(daemon)
    },
  },
  {
    name: 'delayed data, as configured',
    alert: null,
    before: from(0, (daemon) => {
      daemon.circumstances.health = { requestedData: 'delayed' }
      slots(delayed)(daemon)
    }),
  },
  {
    name: 'a few contracts without an answer in every slot',
    alert: null,
    before: from(0, slots(partial('unanswered_contracts', { answered: 980, live_rows: 980 }))),
  },
  {
    name: 'the process is gone',
    alert: 'OptionlakeDown',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.isUp = false
    }),
  },
  {
    name: 'the scheduler hangs',
    alert: 'OptionlakeUnhealthy',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.health = { scheduler: { lookAgeSeconds: 100, cycleSeconds: null } }
      daemon.circumstances.slot = null
    }),
  },
  {
    name: 'the event loop hangs',
    alert: 'OptionlakeUnhealthy',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.lag = 6
      daemon.circumstances.slot = null
    }),
  },
  {
    name: 'one symbol has no chain',
    alert: 'OptionlakeSlotNotLanded',
    before: from(EVENT, slots(missing('no_chain'), 'QQQ')),
  },
  {
    name: 'one symbol has no chain, and the breaker of another is half-open',
    alert: 'OptionlakeSlotNotLanded',
    before: from(EVENT, (daemon) => {
      const breakers = new Map([['QQQ', { state: 'half_open', since: disconnected.since } as const]])
      daemon.circumstances.health = { breakers }
      slots(missing('no_chain'), 'SPY')(daemon)
    }),
  },
  { name: 'no connection', alert: 'OptionlakeGatewayDisconnected', before: from(EVENT, disconnect) },
  {
    name: 'no connection for 20 minutes',
    alert: 'OptionlakeGatewayDisconnected',
    before: (minute, daemon) => {
      if (minute === EVENT) disconnect(daemon)
      if (minute === EVENT + 20) reconnect(daemon)
    },
  },
  {
    name: 'no connection for most of a slot',
    alert: 'OptionlakeGatewayDisconnected',
    before: (minute, daemon) => {
      daemon.circumstances.health = minute >= EVENT && minute < EVENT + 3 ? { gateway: disconnected } : {}
      const isCut = minute >= EVENT && minute < EVENT + 4
      slots(isCut ? partial('connection_lost', { answered: 300, live_rows: 300 }) : {})(daemon)
    },
  },
  {
    name: 'the disk is full',
    alert: 'OptionlakeLakeNotWritable',
    before: from(EVENT, (daemon) => {
      const since = disconnected.since
      daemon.circumstances.health = { lakeFault: { message: 'no space left on the device', since } }
      daemon.circumstances.slot = null
    }),
  },
  { name: 'delayed throughout', alert: 'OptionlakeSlotContentBad', before: from(EVENT, slots(delayed)) },
  {
    name: 'frozen throughout, one symbol',
    alert: 'OptionlakeSlotContentBad',
    before: from(EVENT, slots(partial('frozen_data', { live_rows: 0, frozen_rows: 1_000 }), 'SPY')),
  },
  {
    name: 'every bid null',
    alert: 'OptionlakeSlotContentBad',
    before: from(EVENT, slots(partial('no_quotes', { zero_bid_share: 1, complete: 0 }))),
  },
  {
    name: 'good quotes that give no volatility',
    alert: 'OptionlakeNoImpliedVolatility',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.iv30Fraction = null
    }),
  },
  {
    name: 'one slot that gives no volatility',
    alert: null,
    before: (minute, daemon) => {
      daemon.circumstances.iv30Fraction = minute >= EVENT && minute < EVENT + 5 ? null : 0.18
    },
  },
  {
    name: 'quotes of twenty minutes ago in every slot',
    alert: 'OptionlakeSlotContentPoor',
    before: from(EVENT, slots({ quote_age_seconds: 1_200 }, 'QQQ')),
  },
  {
    name: 'a quarter left out by the plan',
    alert: 'OptionlakeSlotContentPoor',
    before: from(
      EVENT,
      slots(partial('over_budget', { requested: 750, answered: 750, complete: 710, skipped: 250 })),
    ),
  },
  {
    name: 'a quarter without an answer',
    alert: 'OptionlakeSlotContentPoor',
    before: from(
      EVENT,
      slots(partial('unanswered_contracts', { answered: 750, complete: 710, live_rows: 750 })),
    ),
  },
  {
    name: 'expirations that are not listed',
    alert: 'OptionlakeSlotContentPoor',
    before: from(EVENT, slots(partial('chain_incomplete', {}))),
  },
  {
    name: 'a quarter without a subscription',
    alert: 'OptionlakeSlotContentPoor',
    before: from(EVENT, slots(partial('no_market_data', { answered: 750, complete: 710, live_rows: 750 }))),
  },
  {
    name: 'every slot loses a quarter to a lost connection',
    alert: 'OptionlakeSlotContentPoor',
    before: from(EVENT, slots(partial('connection_lost', { answered: 750, complete: 710, live_rows: 750 }))),
  },
  {
    name: 'the breaker of a symbol is open, and each trial takes a minute to fail',
    alert: 'OptionlakeBreakerOpen',
    before: (minute, daemon) => {
      if (minute < EVENT) return
      const state = minute % 2 === 0 ? 'open' : 'half_open'
      const breakers = new Map([['QQQ', { state, since: disconnected.since } as const]])
      daemon.circumstances.health = { breakers }
      slots(missing('breaker_open'), 'QQQ')(daemon)
    },
  },
  {
    name: 'the breaker of a symbol is open for a minute',
    alert: null,
    before: (minute, daemon) => {
      const state = minute === EVENT ? 'open' : 'closed'
      const breakers = new Map([['QQQ', { state, since: disconnected.since } as const]])
      daemon.circumstances.health = { breakers }
    },
  },
  {
    name: 'the breaker of a symbol is open',
    alert: 'OptionlakeBreakerOpen',
    before: from(EVENT, (daemon) => {
      const breakers = new Map([['QQQ', { state: 'open', since: disconnected.since } as const]])
      daemon.circumstances.health = { breakers }
      slots(missing('breaker_open'), 'QQQ')(daemon)
    }),
  },
  {
    name: 'slots interrupted again and again',
    alert: 'OptionlakeSlotsPartial',
    before: from(EVENT, slots(partial('connection_lost', { answered: 960, live_rows: 960 }))),
  },
  {
    name: 'greeks are missing',
    alert: 'OptionlakeFewContractsComplete',
    before: from(0, slots({ complete: 300, with_greeks: 300 })),
  },
  {
    name: 'cycles are cut at their deadline',
    alert: 'OptionlakeCycleNearDeadline',
    before: from(0, (daemon) => {
      daemon.circumstances.cycle = 284
      slots(partial('deadline', { answered: 960, live_rows: 960 }))(daemon)
    }),
  },
  {
    name: 'the first message above the rate',
    alert: 'OptionlakeGatewayLimits',
    before: once(EVENT, (daemon) => daemon.says(100, 'Max rate of messages per second has been exceeded')),
  },
  {
    name: 'the lines are taken by another program',
    alert: 'OptionlakeGatewayLimits',
    before: from(EVENT, (daemon) => {
      daemon.says(101, 'Max number of tickers has been reached')
      slots(partial('lines_exhausted', { answered: 800, complete: 760, live_rows: 800 }))(daemon)
    }),
  },
  {
    name: 'the first notice that the version is outdated',
    alert: 'OptionlakeGatewayVersion',
    before: once(EVENT, (daemon) => daemon.says(2172, 'This version is about to be unsupported')),
  },
  {
    name: 'the same in words, with a code that nobody knows',
    alert: 'OptionlakeGatewayVersion',
    before: once(EVENT, (daemon) =>
      daemon.says(
        12_345,
        'The version of the application needs to be upgraded: it will be desupported on 20261215',
      ),
    ),
  },
  {
    name: 'the same notice before the first scrape',
    alert: 'OptionlakeGatewayVersion',
    before: once(0, (daemon) => daemon.says(2172, 'This version is about to be unsupported')),
  },
  {
    name: 'a message above the rate before the first scrape',
    alert: 'OptionlakeGatewayLimits',
    before: once(0, (daemon) => daemon.says(100, 'Max rate of messages per second has been exceeded')),
  },
  {
    name: 'the connection is lost every two minutes',
    alert: 'OptionlakeReconnects',
    before: (minute, daemon) => {
      if (minute < EVENT) return
      if (minute % 2 === 0) daemon.metrics.reconnected()
      if (minute >= EVENT + 16) slots(partial('connection_lost', { answered: 960, live_rows: 960 }))(daemon)
    },
  },
  {
    name: 'the clock of the machine is set back',
    alert: 'OptionlakeClockSet',
    before: once(EVENT, (daemon) => {
      daemon.recorder.clockStep(-3_600_000)
      daemon.circumstances.health = { clockVerdict: { verdict: 'overruled', since: disconnected.since } }
    }),
  },
  {
    name: 'the clock is 3 s ahead',
    alert: 'OptionlakeClockOff',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.health = { clockOffset: { seconds: 3, measuredAt: disconnected.since } }
    }),
  },
  {
    name: 'the clock is 40 s behind',
    alert: 'OptionlakeClockOff',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.health = { clockOffset: { seconds: -40, measuredAt: disconnected.since } }
    }),
  },
  {
    name: 'the event loop is slow',
    alert: 'OptionlakeEventLoopSlow',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.lag = 0.8
    }),
  },
  {
    name: 'commits are slow',
    alert: 'OptionlakeCommitSlow',
    before: from(0, (daemon) => {
      daemon.circumstances.commit = 3
    }),
  },
  {
    name: 'much memory in use',
    alert: 'OptionlakeMemory',
    before: from(EVENT, (daemon) => {
      daemon.circumstances.memoryBytes = 600e6
    }),
  },
]
