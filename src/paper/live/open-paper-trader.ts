import type { Config } from '../../config/config.ts'
import { gatewayOptionsOf } from '../../config/config.ts'
import { findRunningDaemon } from '../../daemon/running-daemon.ts'
import { hidden, invalidListing, isPaperAccount } from '../../gateway/orders/guard.ts'
import { type OrderEntry, openOrderEntry } from '../../gateway/orders/order-entry.ts'
import { openSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { namesOf } from '../../market/instrument.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import type { Log } from '../../process/log.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { createTrader, type Trader } from '../trader.ts'
import { beginJournal, journalPath } from './journal-choice.ts'
import type { MarketSource } from './market-source.ts'
import { openOwnCollector } from './own-collector.ts'
import { openRunningCollector } from './running-collector.ts'

/** The parts of a paper trader that runs. */
export interface PaperTrader {
  readonly trader: Trader
  readonly market: MarketSource
  readonly orders: OrderEntry
  readonly journal: Journal
  readonly symbols: readonly string[]
}

/** Messages of the trader's own session: the collector uses nearly all that IB allows. */
const MESSAGES_PER_SECOND = 5
/** How long the gateway may take until it has told accounts, orders, executions and positions. */
const READY_MS = 30_000

/**
 * Opens a paper trader: the collector that runs or one of its own, the journal, a session of its own at the same gateway,
 * and the order entry. The lifetime closes all of it.
 * @throws Failure EXIT.refused if the accounts of the gateway are not paper accounts that are listed
 */
export async function openPaperTrader(
  config: Config,
  {
    lifetime,
    log,
    version,
    signal,
    onMarket,
  }: {
    readonly lifetime: Lifetime
    readonly log: Log
    readonly version: string
    readonly signal: AbortSignal
    /** Called when the collector is there, before the gateway has told its accounts. */
    onMarket(market: MarketSource): void
  },
): Promise<PaperTrader> {
  const settings = config.paper
  const symbols = tradedSymbols(config)
  checkAccounts(config)
  const market = await openMarket(config, { log, version })
  lifetime.onClose(() => market.close())
  onMarket(market)
  const accounts = market.embedded ? [config.simulator.account, ...settings.accounts] : settings.accounts
  const { clock } = market

  const journal = await openJournal(journalPath(settings.journal, market, Date.now()))
  lifetime.onClose(() => journal.close())
  const gateway = {
    ...gatewayOptionsOf(config, market.gateway, { messagesPerSecond: MESSAGES_PER_SECOND, lines: 1 }),
    ...{ clientId: settings.clientId, messagesPerSecond: MESSAGES_PER_SECOND },
  }
  const supervisor = openSupervisor(gateway, {
    ...{ clock, options: config.supervisor },
    onNotice: ({ code, kind, message }) => log.info({ code, kind }, message),
  })
  lifetime.onClose(() => supervisor.close())
  const { maxOrderQuantity, maxOrdersPerMinute, maxLossPerDay } = settings
  const limits = { maxOrderQuantity, maxOrdersPerMinute, maxLossPerDay }
  const orders = openOrderEntry(supervisor, { accounts: [...new Set(accounts)], limits, clock })
  lifetime.onClose(() => orders.close())
  await orders.whenReady(signal, READY_MS).catch((error: unknown) => {
    if (supervisor.session() !== null || signal.aborted) throw error
    const { host, port } = market.gateway
    throw new Failure(
      EXIT.unreachable,
      `the gateway ${host}:${port} cannot be reached: is it running?`,
      error,
    )
  })
  if (orders.account === null) throw new Failure(EXIT.refused, 'the gateway names no account')
  const named = { account: orders.account, gateway: market.description, version, settings }
  await beginJournal(journal, { ...named, now: clock.now() })
  const trader = createTrader({
    ...{ figures: market.figures, chain: market.chain },
    ...{ orders, journal, clock, settings, symbols },
  })
  return { trader, market, orders, journal, symbols }
}

async function openMarket(
  config: Config,
  options: { readonly log: Log; readonly version: string },
): Promise<MarketSource> {
  const search = await findRunningDaemon(config)
  if (search.kind === 'found') return openRunningCollector(search)
  if (search.kind === 'other') options.log.warn(search.why)
  return openOwnCollector(config, options)
}

function tradedSymbols({ symbols: instruments, paper }: Config): readonly string[] {
  const symbols = namesOf(instruments)
  const unknown = paper.symbols?.find((symbol) => !symbols.includes(symbol))
  if (unknown === undefined) return paper.symbols ?? symbols
  throw new Failure(
    EXIT.configuration,
    `paper.symbols names ${unknown}, which is not collected: the symbols are ${symbols.join(', ')}`,
  )
}

/** What can be known before a collector is started. */
function checkAccounts({ gateway, paper, simulator }: Config): void {
  if (gateway.host !== null && paper.accounts.length === 0) {
    throw new Failure(
      EXIT.refused,
      'no account is listed: name the paper account with --account DU… or paper.accounts',
    )
  }
  const invalid = paper.accounts.length === 0 ? null : invalidListing(paper.accounts)
  if (invalid !== null) throw new Failure(EXIT.refused, `orders are refused: ${invalid}`)
  if (gateway.host === null && !isPaperAccount(simulator.account)) {
    throw new Failure(
      EXIT.refused,
      `orders are refused: simulator.account ${hidden(simulator.account)} is not a paper account (DU1234567, DUE123456)`,
    )
  }
  if (paper.clientId === gateway.clientId) {
    throw new Failure(
      EXIT.configuration,
      `paper.clientId ${paper.clientId} is also gateway.clientId: the trader needs one of its own`,
    )
  }
}
