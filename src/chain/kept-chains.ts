import type { Log } from '../process/log.ts'
import { type ChainCache, chainCachePath, readChainCache, writeChainCache } from './chain-cache.ts'

/** The chain cache of each symbol, in memory and on disk. The only writer of the files in a process. */
export interface KeptChains {
  /** Null while nothing is known. */
  read(symbol: string): ChainCache | null
  /** Replaces a cache, writes it, and wakes those who wait for a change. */
  keep(symbol: string, cache: ChainCache): void
  /** Resolves at the next change, or the next call of `touch`; rejects with the signal's reason. */
  changed(symbol: string, signal: AbortSignal): Promise<void>
  /** Wakes those who wait for a change: something else about the symbol is new. */
  touch(symbol: string): void
}

/** Reads the files on first use. A file that cannot be written is a warning: the cache in memory serves this process. */
export function createKeptChains(folder: string, log: Log): KeptChains {
  const caches = new Map<string, ChainCache | null>()
  const waiters = new Map<string, Set<() => void>>()
  let isFailing = false

  function write(symbol: string, cache: ChainCache): void {
    const path = chainCachePath(folder, symbol)
    try {
      writeChainCache(path, cache)
      isFailing = false
    } catch (error) {
      // Once: every answer of the gateway would repeat it.
      if (!isFailing)
        log.warn({ err: error, path }, 'the chain could not be cached: the next start requests it again')
      isFailing = true
    }
  }

  function touch(symbol: string): void {
    const waiting = [...(waiters.get(symbol) ?? [])]
    waiters.delete(symbol)
    for (const wake of waiting) wake()
  }

  return {
    read: (symbol) => {
      const known = caches.get(symbol)
      if (known !== undefined) return known
      const stored = readChainCache(chainCachePath(folder, symbol))
      caches.set(symbol, stored)
      return stored
    },
    keep: (symbol, cache) => {
      caches.set(symbol, cache)
      write(symbol, cache)
      touch(symbol)
    },
    changed: (symbol, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const waiting = waiters.get(symbol) ?? new Set()
        waiters.set(symbol, waiting)
        const abort = () => {
          waiting.delete(wake)
          reject(signal.reason)
        }
        const wake = () => {
          signal.removeEventListener('abort', abort)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', abort, { once: true })
      }),
    touch,
  }
}
