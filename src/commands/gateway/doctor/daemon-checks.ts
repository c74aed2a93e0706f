import type { Config } from '../../../config/config.ts'
import { lakeFolderOf } from '../../../config/lake-folder.ts'
import { VIX } from '../../../market/contract.ts'
import { namesOf } from '../../../market/instrument.ts'
import { epochMs } from '../../../market/units.ts'
import { EXIT } from '../../../process/failure.ts'
import type { GatewayAnswer } from '../../../schemas/http/gateway.ts'
import { amount, count, dateAndTime, fixed, percent } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'
import { VERSION_ADVICE } from './gateway-checks.ts'
import { diskCheck } from './lake-folder-check.ts'
import {
  HISTORY_ADVICE,
  HISTORY_NAMES,
  historyValue,
  PRICE_ADVICE,
  TREND_BARS,
  VIX_ADVICE,
} from './market-data-checks.ts'
import { dataAdvice } from './sample-contract-check.ts'

/** The checks of `doctor`, from what the running daemon knows. Values of its last slots carry their times. */
export async function daemonChecks(answer: GatewayAnswer, config: Config): Promise<Check[]> {
  const symbols = namesOf(config.symbols)
  return [
    gatewayCheck(answer),
    healthOf('clock', answer),
    ...symbols.map((symbol) => priceCheck(symbol, answer)),
    vixCheck(answer),
    ...symbols.flatMap((symbol) => historyChecks(symbol, answer)),
    sampleCheck(answer, config),
    await folderCheck(answer, config),
    limitsCheck(answer),
  ]
}

function gatewayCheck(answer: GatewayAnswer): Check {
  const { session, connected } = answer
  const name = 'gateway'
  const health = healthOf('gateway', answer)
  if (!connected || session === null) return failed(name, health.found, health.advice, EXIT.unreachable)
  const { endpoint, server_version, accounts } = session
  const found = `${endpoint}, server version ${server_version}, ${amount(accounts, 'account')}`
  if (health.status !== 'ok') return warning(name, `${found}: ${health.found}`, health.advice)
  const [notice] = answer.operations
  return notice === undefined ? passed(name, found) : warning(name, `${found}: ${notice}`, VERSION_ADVICE)
}

/** A check of the daemon's /health. */
function healthOf(name: string, { checks }: GatewayAnswer): Check {
  const known = checks.find((check) => check.name === name)
  if (!known) return passed(name, 'the daemon does not say')
  const { status, reason: found, advice } = known
  return { name, status, found, advice: advice ?? '' }
}

function priceCheck(symbol: string, { symbols }: GatewayAnswer): Check {
  const name = `${symbol} price`
  const known = symbols.find((one) => one.symbol === symbol)
  if (!known) {
    const found = 'the daemon does not collect it'
    return warning(name, found, 'ask the gateway with --no-daemon, or add it to the symbols of the daemon')
  }
  const { slot, price, implied_volatility, reason, detail, advice } = known
  if (price === null || slot === null) {
    if (reason === null || reason === 'not_running')
      return warning(name, 'no slot is stored yet', 'wait for the first slot')
    return failed(
      name,
      detail ?? reason,
      advice ?? PRICE_ADVICE,
      isUnknown(known) ? EXIT.usage : EXIT.tryLater,
    )
  }
  const found = `$${fixed(price, 2)} at ${timeOf(slot)}, 30-day implied volatility ${percent(implied_volatility, 1)} %`
  if (reason === null) return passed(name, found)
  return warning(name, `${found}; the newest slot: ${detail ?? reason}`, advice ?? PRICE_ADVICE)
}

/** A symbol that the gateway does not know has one line, that of its price. */
function isUnknown({ reason }: GatewayAnswer['symbols'][number]): boolean {
  return reason === 'unknown_symbol'
}

function vixCheck({ symbols }: GatewayAnswer): Check {
  const known = symbols.find(({ vix }) => vix !== null)
  if (!known) return warning(VIX.symbol, 'no level in the last slot', VIX_ADVICE)
  return passed(VIX.symbol, `${fixed(known.vix, 2)} points at ${timeOf(known.slot)}`)
}

function historyChecks(symbol: string, { history, symbols }: GatewayAnswer): Check[] {
  if (symbols.some((one) => one.symbol === symbol && isUnknown(one))) return []
  return history
    .filter((item) => item.symbol === symbol)
    .map(({ what, sessions, to, last_value, failure, asked_at }) => {
      const name = `${symbol} ${HISTORY_NAMES[what]}`
      const stored = to
        ? `${count(sessions)} daily bars to ${to} stored, last ${historyValue(what, last_value)}`
        : 'no bars stored'
      const found = failure ? `${stored}; at ${timeOf(asked_at)}: ${failure}` : stored
      if (failure && sessions < TREND_BARS) return failed(name, found, HISTORY_ADVICE)
      return failure || sessions < TREND_BARS ? warning(name, found, HISTORY_ADVICE) : passed(name, found)
    })
}

function sampleCheck({ sample }: GatewayAnswer, { gateway }: Config): Check {
  const name = 'sample contract'
  if (sample === null) return warning(name, 'no slot is stored yet', 'wait for the first slot')
  const { symbol, slot, expiry, strike, right, bid, ask, iv, data_type } = sample
  const found =
    `${symbol} ${expiry} ${strike} ${right}: bid ${fixed(bid, 2)}, ask ${fixed(ask, 2)}, IV ${percent(iv, 1)} %, ` +
    `${data_type ?? 'data type unknown'}, at ${timeOf(slot)}`
  const advice = dataAdvice(data_type, gateway.marketDataType)
  if (advice !== null) return warning(name, found, advice)
  return iv === null ? warning(name, found, 'no model greeks came') : passed(name, found)
}

/** Whether it can be written is the daemon's to say: it may run as another user. */
async function folderCheck(answer: GatewayAnswer, config: Config): Promise<Check> {
  const { status, found, advice } = healthOf('lake', answer)
  if (status !== 'ok') return failed('lake folder', found, advice, EXIT.io)
  return diskCheck(lakeFolderOf(config, answer.origin))
}

function limitsCheck({ limits, session }: GatewayAnswer): Check {
  const peak = session ? ` (peak ${count(session.peak_messages_per_second)})` : ''
  const inUse = session ? ` (${session.lines_in_use} in use)` : ''
  return passed(
    'limits',
    `${count(limits.messages_per_second)} messages/s${peak}, ${count(limits.lines)} lines${inUse}`,
  )
}

/** New York time of an ISO time. */
function timeOf(iso: string | null): string {
  return iso === null ? 'an unknown time' : dateAndTime(epochMs(Date.parse(iso)))
}
