import { ivRank, latestMarketData, openLake, systemClock, underlyingTrend, vix } from '../../src/index.ts'

const lake = await openLake(process.env.LAKE ?? 'lake/simulated', { mode: 'read', clock: systemClock })

const { iv_rank } = await ivRank(lake, 'SPY')
if (iv_rank.value === null) console.log(`no rank: ${iv_rank.reason}, ${iv_rank.observations} observations`)
else
  console.log(`rank ${iv_rank.value.toFixed(0)} among ${iv_rank.observations} sessions of ${iv_rank.source}`)

const { trend_daily } = await underlyingTrend(lake, 'SPY')
console.log(`trend ${trend_daily.value ?? trend_daily.reason}, VIX ${(await vix(lake)).value}`)

// All figures at once, as an entry decision needs them; defaults are marked.
const { figures, slot } = await latestMarketData(lake, 'SPY', { defaults: true })
console.log(
  slot,
  figures.iv_rank.value,
  figures.iv_rank.is_default,
  figures.vix.value,
  figures.trend_daily.value,
)

await lake.close()
