import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { EXIT, Failure } from '../src/process/failure.ts'
import { convertCboeChain, isCboeChain } from '../src/simulator/market/recorded/cboe-chain.ts'
import { convertYahooChain } from '../src/simulator/market/recorded/yahoo-chain.ts'

const USAGE = `usage: npm run convert:yahoo -- IN.csv OUT.csv
Converts a chain of OptionChainAnalytics, of its Yahoo feed or of Cboe's quotes of SPX, into a chain file
(docs/chain-file.md).`

function convert(args: readonly string[]): void {
  const [from, to] = args
  if (!from || !to || args.length > 2 || from.startsWith('-')) throw new Failure(EXIT.usage, USAGE)
  const text = attempt(from, () => readFileSync(from, 'utf8'))
  const converted = isCboeChain(text)
    ? convertCboeChain(text, basename(from), 'SPX')
    : convertYahooChain(text, basename(from))
  attempt(to, () => writeFileSync(to, converted))
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(EXIT.io, `${path}: ${reason}`, error)
  }
}

try {
  convert(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
