import { isOption } from '../market/contracts.ts'
import type { AccountSnapshot } from './account.ts'

/** One figure of the account as the protocol names it. The currency is empty for a figure that is no amount. */
export interface AccountValue {
  readonly tag: string
  readonly value: string
  readonly currency: string
}

const CURRENCY = 'USD'
/** The account's own currency; its figures are repeated under this name. */
const BASE = 'BASE'

/**
 * The figures of reqAccountSummary, and first part of those of reqAccountUpdates, in alphabetical order as Interactive
 * Brokers sends them. There is one currency and one segment, so the "Full" and "LookAhead" figures repeat the others.
 */
function summaryValues(account: AccountSnapshot): AccountValue[] {
  const { cash, margin } = account
  const amounts: Record<string, number> = {
    AccruedCash: 0,
    AvailableFunds: margin.availableFunds,
    BuyingPower: margin.buyingPower,
    EquityWithLoanValue: margin.equityWithLoan,
    ExcessLiquidity: margin.excessLiquidity,
    FullAvailableFunds: margin.availableFunds,
    FullExcessLiquidity: margin.excessLiquidity,
    FullInitMarginReq: margin.initialMargin,
    FullMaintMarginReq: margin.maintenanceMargin,
    GrossPositionValue: margin.grossPositionValue,
    InitMarginReq: margin.initialMargin,
    LookAheadAvailableFunds: margin.availableFunds,
    LookAheadExcessLiquidity: margin.excessLiquidity,
    LookAheadInitMarginReq: margin.initialMargin,
    LookAheadMaintMarginReq: margin.maintenanceMargin,
    MaintMarginReq: margin.maintenanceMargin,
    NetLiquidation: margin.netLiquidation,
    RegTEquity: margin.equityWithLoan,
    RegTMargin: margin.initialMargin,
    SettledCash: cash,
    TotalCashValue: cash,
  }
  const plain: Record<string, string> = {
    AccountType: 'INDIVIDUAL',
    Cushion: decimals(margin.cushionFraction, 6),
    // No limit on day trades, and no change of margin ahead.
    DayTradesRemaining: '-1',
    Leverage: decimals(leverage(margin.grossPositionValue, margin.netLiquidation), 2),
    LookAheadNextChange: '0',
  }
  return [
    ...Object.entries(plain).map(([tag, value]) => ({ tag, value, currency: '' })),
    ...Object.entries(amounts).map(([tag, value]) => ({
      tag,
      value: decimals(value, 2),
      currency: CURRENCY,
    })),
  ].sort(byTag)
}

/** The figures by currency, once for each name of the currency. */
function ledgerValues(account: AccountSnapshot, currencies: readonly string[]): AccountValue[] {
  const { cash, holdings, margin, pnl } = account
  const worth = (ofOptions: boolean) =>
    holdings
      .filter(({ position }) => isOption(position.contract) === ofOptions)
      .reduce((sum, { marketValue }) => sum + marketValue, 0)
  const amounts: Record<string, number> = {
    AccruedCash: 0,
    CashBalance: cash,
    NetLiquidationByCurrency: margin.netLiquidation,
    OptionMarketValue: worth(true),
    RealizedPnL: pnl.realized,
    StockMarketValue: worth(false),
    TotalCashBalance: cash,
    // A figure that is not known is left out.
    ...(pnl.unrealized === null ? {} : { UnrealizedPnL: pnl.unrealized }),
  }
  return currencies.flatMap((currency) =>
    [
      ...Object.entries(amounts).map(([tag, value]) => ({ tag, value: decimals(value, 2), currency })),
      { tag: 'Currency', value: currency, currency },
      { tag: 'ExchangeRate', value: '1.00', currency },
    ].sort(byTag),
  )
}

/** The figures that reqAccountUpdates sends: all of them. */
export function updateValues(account: AccountSnapshot, accountName: string): AccountValue[] {
  return [
    { tag: 'AccountCode', value: accountName, currency: '' },
    { tag: 'AccountReady', value: 'true', currency: '' },
    ...summaryValues(account),
    ...ledgerValues(account, [BASE, CURRENCY]),
  ]
}

/** `$LEDGER`: in the account's currency. `$LEDGER:USD`: in that one. `$LEDGER:ALL`: in all. */
const LEDGER = /^\$LEDGER(?::(\w+))?$/

/** The figures that reqAccountSummary asks for, in the order of its tags; an unknown tag adds nothing. */
export function requestedValues(account: AccountSnapshot, tags: readonly string[]): AccountValue[] {
  const known = new Map(summaryValues(account).map((value) => [value.tag, value]))
  return tags.flatMap((tag) => {
    const ledger = LEDGER.exec(tag)
    if (ledger) return ledgerValues(account, ledgerCurrencies(ledger[1]))
    const value = known.get(tag)
    return value ? [value] : []
  })
}

function ledgerCurrencies(name: string | undefined): string[] {
  if (name === undefined) return [BASE]
  if (name === 'ALL') return [CURRENCY, BASE]
  return name === CURRENCY || name === BASE ? [name] : []
}

function leverage(gross: number, netLiquidation: number): number {
  return netLiquidation > 0 ? gross / netLiquidation : 0
}

/** Rounded, and never "-0.00". */
function decimals(value: number, places: number): string {
  const text = value.toFixed(places)
  return Number(text) === 0 ? (0).toFixed(places) : text
}

const byTag = (a: AccountValue, b: AccountValue) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0)
