import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { exchangeOptions } from '../../../src/exchange/options.ts'
import { openRun } from '../../support/exchange-client.ts'
import { exchangeForTest } from './exchange-server.ts'

// docs/exchange.md says what the exchange does: its example and its commands are run here.

const root = resolve(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/exchange.md'), 'utf8')
const block = (language: string) =>
  (new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '').trim().split('\n')
/** The requests in the shell blocks of the page. */
const requests = page.split('\n').filter((line) => line.startsWith('curl '))

test('the complete run on the page is what the exchange sends', async () => {
  const { url } = await exchangeForTest({
    ...{ scenario: join(root, 'docs/quiet-market.json'), steps: 3 },
    options: { bookLevels: 2 },
  })
  const run = await openRun(url, 'quiet_market')
  const lines = block('text').map((line) => /^(market|orders) ([<>]) (.*)$/.exec(line)?.slice(1) ?? [])
  expect(lines.length).toBeGreaterThan(10)
  const sent = { market: 0, orders: 0 }
  for (const [channel, direction, text = ''] of lines) {
    if (direction === '>') run.send(text)
    else {
      const own = channel === 'market' ? run.market : run.orders
      const at = sent[channel as 'market' | 'orders']++
      if (at > 0) await own.next()
      expect(own.received[at]?.replace(run.runId, 'RUN')).toBe(text)
    }
  }
  await run.market.closed
  expect(run.market.received).toHaveLength(sent.market)
  expect(run.orders.received).toHaveLength(sent.orders)
  run.close()
})

test('the commands on the page are answered', async () => {
  const { url } = await exchangeForTest()
  const commands = requests.map((line) => line.replaceAll('http://127.0.0.1:8080', url))
  expect(commands).toHaveLength(5)
  const answers = await Promise.all(
    commands.map(async (command) => {
      const address = /^curl -s (?:-H '[^']+' )*(http\S+)$/.exec(command)?.[1] ?? command
      const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)]
      const response = await fetch(address, {
        headers: headers.map(([, name = '', value = '']): [string, string] => [name, value]),
      })
      return (await response.json()) as unknown
    }),
  )
  expect(answers[0]).toMatchObject([{ scenario_id: 'normal_market', your_runs: 0, your_best_pnl: null }])
  expect(answers[1]).toMatchObject({ run_id: expect.any(String), token: expect.any(String) })
  expect(answers[2]).toMatchObject({ scenario_id: 'normal_market', total_runs: 0, runs: [] })
  expect(answers[3]).toMatchObject({ scenario_name: 'Normal market', entries: [] })
  expect(answers[4]).toEqual([])
})

test('every error that the source names is on the page', () => {
  const source = readFileSync(join(root, 'src/exchange/server/client-message.ts'), 'utf8')
  const names = [...source.matchAll(/^ {2}\| '([a-z_]+)'$/gm)].map(([, name]) => name as string)
  expect(names.length).toBeGreaterThan(15)
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

test('the limits on the page are those of the configuration', () => {
  const keys = [...page.matchAll(/`exchange\.(\w+)`/g)].map(([, key]) => key as string)
  expect(keys.filter((key) => !(key in exchangeOptions.shape))).toEqual([])
})
