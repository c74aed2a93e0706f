import { loadConfig, openLog, startCollector } from '../../src/index.ts'

// Defaults, then a file (here none), then OPTIONLAKE_… in the environment, as in the program itself.
const config = loadConfig(null, process.env)
const collector = await startCollector(config, { log: openLog(config.log.level), version: 'my-trader 1.0' })
console.log(collector.description)

// The schedule collects automatically; this collects the current slot.
const captured = await collector.collectOnce()
for (const { symbol, outcome, rows } of captured?.append.reports ?? []) console.log(symbol, outcome, rows)

for (const { symbol } of config.symbols) {
  const { figures } = await collector.latestMarketData(symbol)
  console.log(symbol, figures.iv30.value, figures.iv_rank.value ?? figures.iv_rank.reason)
}
console.log(collector.health().state, (await collector.stats()).slots)

await collector.stop()
