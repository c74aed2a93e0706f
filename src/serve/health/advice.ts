import type { SlotReason } from '../../snapshot/ledger.ts'
import type { ContentCriterion } from './content-criteria.ts'

const ADVICE: Readonly<Record<SlotReason, string>> = {
  not_running: 'The daemon was not running: see when it was started, and why not earlier.',
  breaker_open:
    'Five attempts in a row failed, and the slot was over before the next one, a minute later, could succeed. See the reasons of the slots before.',
  gateway_unreachable: 'Start TWS or IB Gateway, enable its API, and check host, port and trusted addresses.',
  gateway_restart: 'The gateway restarts every night and comes back by itself. If it does not, start it.',
  connection_lost: 'See the log of the gateway and the network; the daemon keeps trying to connect.',
  competing_session: 'Another session of the same user holds the market data: end it.',
  lines_exhausted:
    'Other programs use the market-data lines: close their watch lists, or lower gateway.lines.',
  second_factor: 'The gateway waits for its weekly login with the second factor: log in.',
  paper_disclaimer:
    'The gateway waits for its paper trading disclaimer: accept it once in its window, or let IBC do so (AcceptNonBrokerageAccountWarning).',
  deadline: 'The cycle was cut at its deadline: run optionlake plan, and collect less or raise the limits.',
  disk_full:
    'Free disk space; the next cycle then writes again. Quotes already received are in the journal (.state/spool).',
  stopped: 'The daemon was stopped in the middle of the cycle.',
  recovered_from_spool: 'An earlier run was killed in the middle of this cycle; its quotes were recovered.',
  no_market_data: 'No prices came: run optionlake doctor to see subscriptions and entitlements.',
  no_chain: 'No contracts are listed: run optionlake doctor, and check the symbol and its trading class.',
  chain_incomplete:
    'The gateway had not listed every expiration when the slot ended; the next slots have what it lists since. Give the gateway a heap of 4 GB, and start the daemon before the open.',
  unknown_symbol:
    'The gateway lists nothing of that name, kind and exchange: check the spelling in symbols, and docs/instruments.md.',
  request_refused: 'The gateway refused a request: see its words in the detail, and run optionlake doctor.',
  unanswered_contracts:
    'Some contracts sent no quote. If it is many, slot after slot, run optionlake doctor.',
  delayed_data:
    'The gateway sends delayed data: subscribe to live data for the options and their underlyings, or set gateway.marketDataType if delayed data are wanted.',
  frozen_data:
    'The gateway sends frozen data, which it does while the market is closed or halted. If it is open, reconnect the gateway.',
  no_quotes:
    'The gateway sends rows without quotes: run optionlake doctor to see subscriptions, and compare with the quotes that TWS shows.',
  over_budget:
    'The plan leaves out many contracts: run optionlake plan, and collect less, or raise gateway.messagesPerSecond and gateway.lines if your account allows it.',
  failed: 'See the log of that slot.',
  damaged:
    'Stored rows were lost to a damaged file, now in quarantine: check the disk, and restore the file from a backup.',
  restored: 'The lake was restored to a version from before the slot, so its rows are no longer in it.',
}

/** What a person can do about a reason of the ledger; null if there is no reason, or one that we do not know. */
export function adviceFor(reason: SlotReason | null): string | null {
  return reason === null ? null : (ADVICE[reason] ?? null)
}

const CONTENT_ADVICE: Readonly<Record<ContentCriterion, string>> = {
  delayed: ADVICE.delayed_data,
  frozen: ADVICE.frozen_data,
  unquoted: ADVICE.no_quotes,
  no_bid: ADVICE.no_quotes,
  dropped: ADVICE.unanswered_contracts,
  unlisted: ADVICE.chain_incomplete,
  incomplete:
    'Bids, asks or greeks are missing: run optionlake doctor to see subscriptions, or raise harvest.greeksWaitMs.',
  skew: 'The quotes of one slot are far apart: run optionlake plan, and collect less.',
  quote_age: 'The quotes wait long for the end of the cycle: run optionlake plan, and collect less.',
}

/** What a person can do about a criterion that a slot's content misses. */
export function contentAdvice(criterion: ContentCriterion): string {
  return CONTENT_ADVICE[criterion]
}
