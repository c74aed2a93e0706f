import type { Command } from 'commander'

export function registerRun(command: Command, _signal: AbortSignal): void {
  command.option('--list-experiments', 'list the experiments and end')
}
