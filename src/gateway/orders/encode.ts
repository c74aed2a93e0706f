import {
  type ComboLeg,
  type Contract,
  OptionType,
  type Order,
  OrderAction,
  OrderType,
  SecType,
} from '@stoqey/ib'
import { wireSymbol } from '../session/wire/symbols.ts'
import type { OrderInstrument, OrderLeg, OrderRequest } from './order.ts'

/**
 * What the client library writes as placeOrder. Every field that decides the execution is said; the fields that are left
 * out are written empty, which is the protocol's default. The test over the wire reads them again at each server version.
 */
export function libraryOrder(request: Omit<OrderRequest, 'instrument'>, account: string): Order {
  const { side, quantity, limitPrice, timeInForce, transmit, orderRef } = request
  return {
    action: OrderAction[side],
    totalQuantity: quantity,
    orderType: limitPrice === null ? OrderType.MKT : OrderType.LMT,
    ...(limitPrice === null ? {} : { lmtPrice: cleanPrice(limitPrice) }),
    tif: timeInForce,
    account,
    orderRef,
    // An empty field would be off.
    transmit,
    // An order of a customer; empty would mean the same.
    origin: 0,
    outsideRth: false,
    hidden: false,
    whatIf: false,
    // "Not set": a gateway takes an empty field for 0.
    exemptCode: -1,
  }
}

export function libraryContract(instrument: OrderInstrument): Contract {
  switch (instrument.kind) {
    case 'stock': {
      const { conId, symbol, exchange, currency } = instrument.contract
      return { conId, symbol: wireSymbol(symbol), secType: SecType.STK, exchange, currency }
    }
    case 'option': {
      const { conId, symbol, expiry, strike, right, multiplier, exchange, currency, tradingClass } =
        instrument.contract
      return {
        conId,
        symbol: wireSymbol(symbol),
        secType: SecType.OPT,
        lastTradeDateOrContractMonth: expiry,
        strike,
        right: right === 'C' ? OptionType.Call : OptionType.Put,
        multiplier,
        exchange,
        currency,
        tradingClass,
      }
    }
    case 'combination': {
      const { symbol, exchange, currency, legs } = instrument
      return {
        symbol: wireSymbol(symbol),
        secType: SecType.BAG,
        exchange,
        currency,
        comboLegs: legs.map(comboLeg),
      }
    }
    case 'other':
      throw new Error(`orders in ${instrument.secType} are not encoded`)
  }
}

function comboLeg({ conId, ratio, side, exchange }: OrderLeg): ComboLeg {
  return {
    ...{ conId, ratio, action: OrderAction[side], exchange },
    // As the position is, not an institution's short sale, no exemption.
    ...{ openClose: 0, shortSaleSlot: 0, designatedLocation: '', exemptCode: -1 },
  }
}

/** Without the digits that binary fractions add (0.1 + 0.2), and never as −0. */
function cleanPrice(price: number): number {
  return Number(price.toFixed(6)) + 0
}
