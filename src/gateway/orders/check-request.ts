import type { OrderInstrument, OrderRequest } from './order.ts'

/** The gateway's limits of a price, dollars; a limit that is further away is a slip. */
const HIGHEST_PRICE = 1_000_000
const NAME = /^[!-~][ -~]{0,39}$/
const MAX_LEGS = 4
const MAX_RATIO = 1_000

/** Why an order cannot be sent as it stands; null if it can. NaN and Infinity never pass. */
export function invalidRequest(request: OrderRequest): string | null {
  const { side, quantity, limitPrice, timeInForce, transmit, orderRef } = request
  if (side !== 'BUY' && side !== 'SELL') return `the side is ${String(side)}: it must be BUY or SELL`
  if (!Number.isSafeInteger(quantity) || quantity < 1) {
    return `the quantity is ${quantity}: it must be a positive integer`
  }
  if (limitPrice !== null) {
    const isPrice = Number.isFinite(limitPrice) && Math.abs(limitPrice) <= HIGHEST_PRICE
    const isPositive = request.instrument.kind === 'combination' || limitPrice > 0
    if (!isPrice || !isPositive)
      return `the limit price is ${limitPrice}: it must be a price in dollars, or null`
  }
  if (timeInForce !== 'DAY' && timeInForce !== 'GTC' && timeInForce !== 'IOC') {
    return `the time in force is ${String(timeInForce)}: it must be DAY, GTC or IOC`
  }
  if (typeof transmit !== 'boolean') return 'transmit is not said: it must be true or false'
  if (typeof orderRef !== 'string' || !NAME.test(orderRef)) {
    return 'the orderRef must have 1 to 40 printable characters'
  }
  return invalidInstrument(request.instrument)
}

function invalidInstrument(instrument: OrderInstrument): string | null {
  switch (instrument.kind) {
    case 'stock':
    case 'option': {
      const { contract } = instrument
      if (!isConId(contract.conId)) return `${contract.conId} is not a contract id`
      const names = [contract.symbol, contract.exchange, contract.currency]
      return names.every(isName) ? null : 'symbol, exchange and currency of the contract must be said'
    }
    case 'combination': {
      const { legs, symbol, exchange, currency } = instrument
      if (legs.length < 2 || legs.length > MAX_LEGS) {
        return `a combination has two to ${MAX_LEGS} legs, not ${legs.length}`
      }
      if (new Set(legs.map(({ conId }) => conId)).size < legs.length) return 'two legs are the same contract'
      for (const { conId, ratio, side, exchange: legExchange } of legs) {
        if (!isConId(conId)) return `${conId} is not a contract id`
        if (!Number.isSafeInteger(ratio) || ratio < 1 || ratio > MAX_RATIO) {
          return `the ratio of a leg is ${ratio}: it must be a positive integer`
        }
        if (side !== 'BUY' && side !== 'SELL') return `the side of a leg is ${String(side)}`
        if (!isName(legExchange)) return 'the exchange of each leg must be said'
      }
      const names = [symbol, exchange, currency]
      return names.every(isName) ? null : 'symbol, exchange and currency of the combination must be said'
    }
    case 'other':
      return `orders in ${instrument.secType} are not placed`
  }
}

const isConId = (value: number) => Number.isSafeInteger(value) && value > 0
const isName = (text: string) => typeof text === 'string' && NAME.test(text)
