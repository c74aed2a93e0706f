import { clockAnswer } from '../clock-answer.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, expiry, parametersOf, time, tradingClass } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { chainTable } from './chain-table.ts'

/** Adds the route of the chain table: one expiration of a slot, calls and puts side by side. */
export function addChainView(app: Api, sources: HttpSources): void {
  app.get('/api/views/chain/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const asked = parametersOf(context, { at: time, expiry, class: tradingClass })
    const rows = await sources.chain(symbol, asked.at)
    const table = chainTable(symbol, rows, { expiry: asked.expiry, tradingClass: asked.class })
    return context.json({
      source: sources.source,
      clock: clockAnswer(sources.health()),
      ...table,
    })
  })
}
