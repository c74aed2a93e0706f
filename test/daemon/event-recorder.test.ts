import { expect, test } from 'vitest'
import { createEventRecorder } from '../../src/daemon/event-recorder.ts'
import type { SupervisorState } from '../../src/gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../../src/gateway/supervisor/supervisor.ts'
import { epochMs } from '../../src/market/units.ts'

type RecorderParts = Parameters<typeof createEventRecorder>[0]

test('a gateway session that a stop closes is logged, but is no warning', () => {
  const logged: string[] = []
  const log = {
    info: (_: unknown, text: string) => logged.push(`info: ${text}`),
    warn: (_: unknown, text: string) => logged.push(`warn: ${text}`),
  }
  let tell: (state: SupervisorState) => void = () => {}
  const supervisor = {
    counters: () => ({ sessions: 1 }),
    onChange: (listener: typeof tell) => {
      tell = listener
    },
    onClockOffset: () => {},
  }
  const recorder = createEventRecorder({ log } as unknown as RecorderParts)
  recorder.watch(supervisor as unknown as SessionSupervisor)
  const since = epochMs(0)
  tell({ name: 'degraded', since, dataFlow: true, farms: ['usopt'] } as unknown as SupervisorState)
  tell({ name: 'closed', since })
  expect(logged).toEqual(['warn: data farms are broken: usopt', 'info: stopped'])
})
