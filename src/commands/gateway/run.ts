import type { Command } from 'commander'
import { startCollector } from '../../daemon/daemon.ts'
import { createNotifier, feedWatchdog } from '../../daemon/systemd.ts'
import { systemClock } from '../../market/clock.ts'
import { type CommandContext, untilStopped, withContext } from '../context.ts'
import { nextSlotText } from './next-slot-text.ts'

export function registerRun(program: Command, signal: AbortSignal, version: string): void {
  program
    .command('run')
    .description(
      'run the daemon: collect every slot in market hours, and serve health, metrics and data over HTTP',
    )
    .addHelpText(
      'after',
      `
Without a gateway the embedded simulator is used. To run it as a service: docs/operations.md.

Examples:
  optionlake run
  optionlake run --gateway 127.0.0.1:4001 --lake /var/lib/optionlake/ib
  curl http://127.0.0.1:8787/health`,
    )
    .action((_: unknown, command: Command) =>
      withContext(command, signal, (context) => run(context, version)),
    )
}

async function run(
  { config, log, signal, lifetime, printStatus }: CommandContext,
  version: string,
): Promise<void> {
  const collector = await startCollector(config, { log, version })
  lifetime.onClose(() => collector.stop())
  printStatus(`collecting: ${collector.description}`)
  const { clock, embedded } = collector.gateway
  const isSimulatedTime = embedded && clock !== systemClock
  printStatus(nextSlotText(collector.nextSlot().at, { now: clock.now(), embedded, isSimulatedTime }))
  const notifier = createNotifier(process.env)
  if (notifier) {
    await notifier.ready(collector.description)
    const onError = (error: unknown) => log.warn({ err: error }, 'the service manager could not be notified')
    const alive = () => (collector.health('livez').status === 200 ? collector.description : null)
    void feedWatchdog(notifier, { clock: systemClock, signal, alive, onError })
    lifetime.onClose(() => notifier.stopping().catch(onError))
  }
  await untilStopped(signal)
  printStatus('stopping: storing what has arrived')
}
