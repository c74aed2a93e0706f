import { readdirSync } from 'node:fs'
import { Counter, Gauge, type Registry } from 'prom-client'

/**
 * The standard metrics of a process, read when they are scraped. prom-client's own collection would also wake an
 * idle process a hundred times a second to measure the event loop.
 */
export function registerProcessMetrics(registry: Registry, version: string): void {
  const registers = [registry]
  new Gauge({
    name: 'optionlake_build_info',
    help: 'Version of the program; always 1.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1)
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process was started.',
    registers,
  }).set(performance.timeOrigin / 1_000)
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_used_bytes',
    help: 'Used JavaScript heap.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
  cpuSeconds(registers)
  openDescriptors(registers)
}

function cpuSeconds(registers: Registry[]): void {
  let before = 0
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      const seconds = (user + system) / 1e6
      this.inc(seconds - before)
      before = seconds
    },
  })
}

/** Linux only: elsewhere there is no such figure. */
function openDescriptors(registers: Registry[]): void {
  if (process.platform !== 'linux') return
  new Gauge({
    name: 'process_open_fds',
    help: 'Open file descriptors.',
    registers,
    collect() {
      this.set(readdirSync('/proc/self/fd').length)
    },
  })
}
