import { positioningByStrike } from '../../analytics/answers/positioning-by-strike.ts'
import { clockAnswer } from '../clock-answer.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, expiry, parametersOf, time } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'

/** Adds the data of the view of open interest and gamma exposure by strike. */
export function addPositioningView(app: Api, sources: HttpSources): void {
  app.get('/api/views/positioning/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const asked = parametersOf(context, { at: time, expiry })
    const answer = positioningByStrike(await sources.positioningOf(symbol, asked), symbol)
    return context.json({ source: sources.source, clock: clockAnswer(sources.health()), ...answer })
  })
}
