import { BUY, SELL, type Side } from '../book/order.ts'
import type { Trade } from '../engine/agent.ts'
import type { SteppedMarket } from '../engine/market.ts'
import { marketTime } from './market-time.ts'
import type { PriceText } from './price-text.ts'
import { sideName } from './server-message.ts'

/**
 * Writes the MARKET_DATA message of a market after each of its steps. Of an empty side the best price and its size are
 * 0; the spread is 0 unless both sides have orders. `last_trade` is the last one of the run, null before the first.
 */
export function createSnapshotWriter(
  market: SteppedMarket,
  { priceText, levels }: { readonly priceText: PriceText; readonly levels: number },
): () => string {
  let lastTrade = 'null'

  function levelsText(side: Side): string {
    let text = ''
    for (const { price, size } of market.book.levels(side, levels)) {
      text += `${text === '' ? '' : ','}{"price":${priceText(price)},"qty":${size}}`
    }
    return text
  }

  function tradesText(): string {
    let text = ''
    for (const trade of market.trades) {
      lastTrade = tradeText(trade)
      text += text === '' ? lastTrade : `,${lastTrade}`
    }
    return text
  }

  function tradeText({ price, quantity, side }: Trade): string {
    return `{"price":${priceText(price)},"qty":${quantity},"side":"${sideName(side)}"}`
  }

  return () => {
    const { step, view } = market
    const { bestBid, bestAsk } = view
    const spread = bestBid === null || bestAsk === null ? '0' : priceText(bestAsk - bestBid)
    const trades = tradesText()
    return `{"type":"MARKET_DATA","step":${step},"timestamp":"${marketTime(step)}","bid":${bestBid === null ? '0' : priceText(bestBid)},"ask":${bestAsk === null ? '0' : priceText(bestAsk)},"bid_size":${view.bidSize},"ask_size":${view.askSize},"spread":${spread},"bids":[${levelsText(BUY)}],"asks":[${levelsText(SELL)}],"trades":[${trades}],"last_trade":${lastTrade}}`
  }
}
