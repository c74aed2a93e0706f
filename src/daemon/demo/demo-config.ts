import { type Config, loadConfig, type Override } from '../../config/config.ts'

/** The settings of a demo. Nothing of the machine's configuration or environment enters it: it must not reach a real gateway. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  symbols: ['SPY', 'QQQ'],
  // A few hundred contracts: a slot takes a fraction of a second.
  'universe.targetDays': [0, 7, 60],
  'universe.strikeWindowFraction': 0.08,
  'universe.widePutsFraction': 0.12,
  'universe.minStrikeWindowFraction': 0.02,
  'universe.sigmas': 2.5,
}

/** The configuration of a demo; the values are checked as those of any configuration. */
export function demoConfig(values: Readonly<Record<string, unknown>> = {}): Config {
  const overrides = Object.entries({ ...SETTINGS, ...values }).map(
    ([path, value]): Override => ({ source: 'demo', path: path.split('.'), value }),
  )
  return loadConfig(null, {}, overrides)
}
