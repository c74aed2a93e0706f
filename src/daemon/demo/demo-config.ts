import { type Config, loadConfig, type Override } from '../../config/config.ts'

/**
 * The settings of a demo. Nothing of the machine's configuration or environment enters it: it must reach no real gateway, and
 * alert nobody.
 */
const SETTINGS: Readonly<Record<string, unknown>> = {
  symbols: ['SPY', 'QQQ'],
  // A few hundred contracts: a slot takes a fraction of a second.
  'universe.targetDays': [0, 7],
  'universe.strikeWindowFraction': 0.08,
  'universe.widePutsFraction': 0.12,
  'universe.minStrikeWindowFraction': 0.02,
  'universe.sigmas': 2.5,
  // At sixty times the pace, a tenth of a second of the machine is six.
  'gateway.connectTimeoutMs': 600_000,
  'gateway.requestTimeoutMs': 600_000,
  'supervisor.heartbeatIntervalMs': 60_000,
  'supervisor.heartbeatDeadlineMs': 120_000,
  'supervisor.canarySilenceMs': 600_000,
  'harvest.greeksWaitMs': 10_000,
  'harvest.timeoutMs': 20_000,
  'simulator.underlyingUpdateIntervalMs': 5_000,
}

/** The configuration of a demo; the values are checked as those of any configuration. */
export function demoConfig(values: Readonly<Record<string, unknown>> = {}): Config {
  const overrides = Object.entries({ ...SETTINGS, ...values }).map(
    ([path, value]): Override => ({ source: 'demo', path: path.split('.'), value }),
  )
  return loadConfig(null, {}, overrides)
}
