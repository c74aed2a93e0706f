import { describe, expect, test } from 'vitest'
import { treeGreeks } from '../../../../src/market/pricing/tree.ts'
import { readChainFile } from '../../../../src/simulator/market/recorded/chain-file.ts'
import { convertYahooChain } from '../../../../src/simulator/market/recorded/yahoo-chain.ts'

/** Four original lines of the source. */
const SOURCE = `,contract,exchange_time,underlying_index,forward_price,spot_price,usd_multiplier,mark_price,bid_price,ask_price,bid_size,ask_size,mark_iv,bid_iv,ask_iv,delta,vega,theta,gamma,open_interest,volume,mat_id,strike,optiontype,expiry,ttm,contract_size,interest_rate
0,SPY240614C00350000,2024-06-14 15:28:47.574531+00:00,SPY,541.6500032,541.6500032,1,191.475,189.95,193,1,1,,,,1,0,0,0,149,103,14-Jun-24,350,C,2024-06-14 20:00:00+00:00,0.000515995,100,0.041920002
1,SPY240719C00540000,2024-06-14 15:28:47.574531+00:00,SPY,541.6500032,541.6500032,1,8.68,8.67,8.69,1,1,0.109445685,,,0.560316517,66.3568159,-169.2363979,0.021357974,27573,1208,19-Jul-24,540,C,2024-07-19 20:00:00+00:00,0.096406406,100,0.062880003
2,SPY240719P00540000,2024-06-14 15:28:47.574531+00:00,SPY,541.6500032,541.6500032,1,5.97,0,5.98,1,1,0.108117213,,,-0.433030719,66.34017367,-133.6465925,0.021614984,10064,,19-Jul-24,540,P,2024-07-19 20:00:00+00:00,0.096406406,100,0.062880003
`

describe('a converted Yahoo chain', () => {
  const lines = readChainFile(convertYahooChain(SOURCE, 'yahoo.csv'), 'converted.csv')

  test('keeps contracts, prices and counts, and leaves unknown values empty', () => {
    expect(lines.map(({ symbol, expiry, strike, right }) => [symbol, expiry, strike, right])).toEqual([
      ['SPY', '20240614', 350, 'C'],
      ['SPY', '20240719', 540, 'C'],
      ['SPY', '20240719', 540, 'P'],
    ])
    expect(lines[1]!.values).toMatchObject({ bid: 8.67, ask: 8.69, volume: 1208, open_interest: 27573 })
    expect(lines[1]!.values).toMatchObject({ bid_size: 1, ask_size: 1, last: null })
    expect(lines[2]!.values).toMatchObject({ bid: 0, ask: 5.98, volume: null })
    expect(lines[0]!.values).toMatchObject({ iv: null, delta: null, gamma: null, theta: null, vega: null })
  })

  test("has vega and theta in IB's units: close to the tree's at the same volatility", () => {
    for (const line of lines.slice(1)) {
      const { iv, vega, theta, underlying_price: spot } = line.values
      const years = 0.096406406
      const { strike, right } = line
      const tree = treeGreeks({ right, strike, spot: spot!, years, volFraction: iv!, rateFraction: 0.0629 })!
      expect(vega).toBeCloseTo(tree.vega, 1)
      expect(Math.abs(theta! - tree.theta)).toBeLessThan(0.01)
    }
  })
})

test('another kind of file is refused by name, and a bad cell by line and column', () => {
  expect(() => convertYahooChain('a,b\n1,2\n', 'other.csv')).toThrow('other.csv: no column contract')
  expect(() => convertYahooChain(SOURCE.replace('66.3568159', 'x'), 'yahoo.csv')).toThrow(
    'yahoo.csv: line 3, column vega: "x" is not a number',
  )
})
