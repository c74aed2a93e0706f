import { expect, test } from 'vitest'
import { mcpCampaign } from './mcp/mcp.ts'
import { missedGoals } from './small-campaign.ts'

// The small versions of campaigns against the doors for programs.

test('a hundred odd calls of the MCP server are answered by name, and nothing is written', async () => {
  expect(await missedGoals(mcpCampaign, { rounds: 100, seed: 7 })).toEqual([])
}, 60_000)
