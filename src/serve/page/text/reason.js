/**
 * Why something is absent or not whole, in words: figures, slots of the ledger, and the state of the gateway.
 *
 * @import { AbsenceReason } from '../../../analytics/measured.ts'
 * @import { SlotReason } from '../../../snapshot/ledger.ts'
 */

/** @type {Readonly<Record<AbsenceReason, string>>} */
const OF_FIGURES = {
  no_options: 'only the futures of this symbol are collected, not the options on them',
  no_chain: 'the slot has no options that have not expired',
  no_underlying_price: 'no row has a price of the underlying',
  no_parity_pair: 'no strike has a two-sided call and put that are not stale',
  no_atm_bracket: 'no two strikes with a volatility lie around the forward',
  no_bracket: 'no expiration on one side of it has a volatility',
  no_k0_quote: 'the strike next to the forward lacks a two-sided call or put',
  too_few_strikes: 'too few strikes are quoted',
  not_positive: 'the quotes contradict each other',
  unknown_wing: 'the outermost quotes do not show what lies beyond them',
  no_25_delta: 'no strikes with greeks lie around a delta of 25',
  no_10_delta: 'no strikes with greeks lie around a delta of 10',
  no_50_delta: 'no strikes with greeks lie around a delta of 50',
  no_counts: 'the count of the calls is zero or not known',
  no_open_interest: 'no contract has a known open interest',
  no_gamma: 'no contract with open interest has a gamma',
  no_sign_change: 'it has one sign from −15 % to +15 %',
  several_forwards: 'each expiration has a forward of its own',
  no_session_before: 'no slot of the session before is stored',
  no_current_value: 'there is no present value to rank',
  too_few_observations: 'too few days are known',
  flat_window: 'all days of the window have the same value',
  too_few_bars: 'too few prices are known',
  not_received: 'the gateway did not send it',
  no_future: 'no such future is stored',
  no_future_quote: 'the future has no two-sided quote',
  no_spot: 'the level of the index is not known',
  too_few_sessions: 'too few sessions of the window are known',
  too_few_quotes: 'too few two-sided quotes out of the money to fit a curve',
  no_arbitrage_free_fit: 'no curve without arbitrage was found near the quotes',
  outside_checked_range: 'the curve was not checked that far from the money',
  outside_quotes: 'the quotes do not reach that far',
}

/** @type {Readonly<Record<SlotReason, string>>} */
const OF_SLOTS = {
  not_running: 'the daemon was not running',
  breaker_open: 'five attempts in a row had failed',
  gateway_unreachable: 'the gateway could not be reached',
  gateway_restart: 'the gateway restarted for the night',
  connection_lost: 'the connection was lost',
  competing_session: 'another session of the user held the market data',
  lines_exhausted: 'no market-data lines were free',
  second_factor: 'the gateway waited for its second factor',
  paper_disclaimer: 'the gateway waited for its paper trading disclaimer',
  deadline: 'the cycle was cut at its deadline',
  disk_full: 'the disk was full',
  stopped: 'the daemon was stopped in the middle of the cycle',
  recovered_from_spool: 'recovered from the journal of a run that was killed',
  no_market_data: 'no prices came',
  no_chain: 'no contracts were listed',
  chain_incomplete: 'not every expiration was listed in time',
  unknown_symbol: 'the gateway lists nothing of that name',
  request_refused: 'the gateway refused a request',
  unanswered_contracts: 'some contracts sent no quote',
  delayed_data: 'the data are delayed',
  frozen_data: 'the data are frozen',
  no_quotes: 'the rows have no quotes',
  over_budget: 'many contracts did not fit the limits',
  failed: 'the cycle failed',
  damaged: 'a file with its rows was damaged later',
  restored: 'the lake was restored to a version before the slot',
}

/** @param {string | null | undefined} reason of a figure; a sentence stays as it is */
export function reasonText(reason) {
  return wordsOf(reason, OF_FIGURES)
}

/** @param {string | null | undefined} reason of a slot in the ledger, or of the gateway's state */
export function slotReasonText(reason) {
  return wordsOf(reason, OF_SLOTS)
}

/**
 * @param {string | null | undefined} reason
 * @param {Readonly<Record<string, string>>} words
 */
function wordsOf(reason, words) {
  if (reason == null) return ''
  // What no word is known for is a code of a newer version.
  return words[reason] ?? (/^[a-z0-9_]+$/.test(reason) ? reason.replaceAll('_', ' ') : reason)
}
