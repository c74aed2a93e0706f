import type { ActiveFaults } from '../faults/faults.ts'
import { isOption } from './contracts.ts'
import type { Market, SimQuote } from './market.ts'

/** The market without the bids of options while the fault `no_bids` lasts: for streams, orders and valuations alike. */
export function withoutBids(market: Market, faults: ActiveFaults): Market {
  return {
    ...market,
    quote: (contract, at) => {
      const quote = market.quote(contract, at)
      return isOption(contract) && faults.has('no_bids') ? withoutBid(quote) : quote
    },
  }
}

/** The quote with the sentinel of a side without a quote. */
function withoutBid(quote: SimQuote): SimQuote {
  return quote.bid === undefined ? quote : { ...quote, bid: null, bidSize: null }
}
