import type { SlotReason } from '../../snapshot/ledger.ts'

const ADVICE: Readonly<Record<SlotReason, string>> = {
  not_running: 'Nobody collected: see when the daemon was started, and why it was not running before.',
  breaker_open:
    'Five fetches in a row failed; it tries again after a minute. See the reasons of the slots before.',
  gateway_unreachable: 'Start TWS or IB Gateway, enable its API, and check host, port and trusted addresses.',
  gateway_restart: "The gateway's nightly restart; it comes back by itself. If not, start it.",
  connection_lost: 'See the log of the gateway and the network; connecting goes on by itself.',
  competing_session: 'Another session of the same user holds the market data: end it.',
  lines_exhausted:
    'Other programs use the market-data lines: close their watch lists, or lower gateway.lines.',
  second_factor: 'The gateway waits for its weekly login with the second factor: log in.',
  deadline: 'The cycle was cut at its deadline: run optionlake plan, and collect less or raise the limits.',
  disk_full: 'Free disk space; the next cycle writes by itself. Quotes already received are in the spool.',
  stopped: 'The daemon was stopped in the middle of the cycle.',
  recovered_from_spool: 'An earlier run was killed in the middle of this cycle; its quotes were kept.',
  no_market_data: 'No prices came: run optionlake doctor to see subscriptions and entitlements.',
  no_chain: 'No contracts are listed: run optionlake doctor, and check the symbol and its trading class.',
  unanswered_contracts: 'Some contracts stayed silent; run optionlake doctor if it is many, slot after slot.',
  failed: 'See the log of that slot.',
  damaged:
    'Stored rows were lost to a damaged file, which is in quarantine: check the disk, restore the file.',
}

/** What a person can do about a reason of the ledger; null where there is nothing to do. */
export function adviceFor(reason: SlotReason | null): string | null {
  return reason === null ? null : ADVICE[reason]
}
