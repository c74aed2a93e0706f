import { Counter, Gauge, type Registry } from 'prom-client'

/** The receivers of alerts. */
export interface AlertMetrics {
  alerts(receivers: readonly AlertCounts[]): void
}

/** All but `problem` count from the start of the process. */
interface AlertCounts {
  readonly name: string
  readonly sent: number
  readonly failed_attempts: number
  readonly held_back: number
  /** Null while alerts arrive. */
  readonly problem: object | null
}

/** Set on every scrape, from the counts that the queues keep themselves. */
export function createAlertMetrics(registers: Registry[]): AlertMetrics {
  const labelNames = ['receiver']
  const counter = (name: string, help: string) => {
    const total = new Counter({ name, help, labelNames, registers })
    const counted = new Map<string, number>()
    return (receiver: string, now: number) => {
      total.inc({ receiver }, Math.max(0, now - (counted.get(receiver) ?? 0)))
      counted.set(receiver, now)
    }
  }
  const sent = counter('optionlake_alerts_sent_total', 'Messages delivered to a receiver of alerts.')
  const failed = counter(
    'optionlake_alert_attempts_failed_total',
    'Attempts to deliver a message that failed.',
  )
  const heldBack = counter(
    'optionlake_alerts_held_back_total',
    'Changes of health that had no message of their own, because of the limit or of failed attempts.',
  )
  const failing = new Gauge({
    name: 'optionlake_alert_receiver_failing',
    help: '1 while alerts cannot be delivered to a receiver.',
    labelNames,
    registers,
  })
  return {
    alerts: (receivers) => {
      for (const { name, problem, ...counts } of receivers) {
        sent(name, counts.sent)
        failed(name, counts.failed_attempts)
        heldBack(name, counts.held_back)
        failing.set({ receiver: name }, problem === null ? 0 : 1)
      }
    },
  }
}
