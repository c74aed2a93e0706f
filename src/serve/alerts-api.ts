import { ALERTS_PATH, type AlertsAnswer } from '../schemas/http/alerts.ts'
import { clockAnswer } from './clock-answer.ts'
import type { Api } from './refusals.ts'
import { parametersOf } from './route-parameters.ts'
import type { HttpSources } from './sources.ts'

/** Adds the state of the receivers of alerts. */
export function addAlerts(app: Api, sources: HttpSources): void {
  app.get(ALERTS_PATH, (context) => {
    parametersOf(context, {})
    const snapshot = sources.health()
    const answer: AlertsAnswer = {
      at: new Date(snapshot.now).toISOString(),
      source: sources.source,
      receivers: [...sources.alerts()],
    }
    return context.json({ ...answer, clock: clockAnswer(snapshot) })
  })
}
