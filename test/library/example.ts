import {
  atmOptions,
  chainAsOf,
  contractHistory,
  epochMs,
  expiryDate,
  latestChain,
  newYorkDate,
  openLake,
  type Right,
  sql,
  stats,
  systemClock,
} from '../../src/index.ts'

const lake = await openLake(process.env.LAKE ?? 'lake/simulated', { mode: 'read', clock: systemClock })

const { rows, slots, lastSlot } = await stats(lake)
if (lastSlot === null) throw new Error('nothing is stored yet')
console.log(`${rows} rows in ${slots} slots`)

// The newest chain: every contract that answered, every column.
const chain = await latestChain(lake, 'SPY')
const nearest = chain[0]
if (!nearest) throw new Error('no rows of SPY')
const expiry = expiryDate(nearest.expiry)
console.log(`${chain.length} contracts, the nearest expiry is ${expiry}`)

// The at-the-money options of one expiry in every slot of a day. Fewer columns are faster.
const columns = ['timestamp', 'strike', 'right', 'bid', 'ask', 'iv'] as const
const atm = await atmOptions(lake, 'SPY', { expiry, date: newYorkDate(lastSlot), columns })
for (const { strike, right, bid, ask, iv } of atm) {
  const mid = bid === null || ask === null ? 'no quote' : ((bid + ask) / 2).toFixed(2)
  console.log(strike, right, mid, iv === null ? 'no volatility' : `${(100 * iv).toFixed(1)} %`)
}

// The chain an hour earlier, and the quotes of one contract since then.
const anHourBefore = epochMs(lastSlot - 3_600_000)
const before = await chainAsOf(lake, 'SPY', { at: anHourBefore, expiry })
const contract = { expiry, strike: nearest.strike, right: nearest.right as Right }
const history = await contractHistory(lake, 'SPY', { ...contract, from: anHourBefore, to: lastSlot })
console.log(`${before.length} contracts then, ${history.length} quotes of one since`)

// Anything else: one SELECT. The values are plain JSON.
const { rows: widest } = await sql(
  lake,
  `SELECT expiry, round(median(ask - bid), 2) AS spread FROM option_snapshots
   WHERE symbol = 'SPY' GROUP BY expiry ORDER BY expiry`,
)
console.log(widest)

await lake.close()
