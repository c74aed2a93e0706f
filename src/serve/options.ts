import { z } from 'zod'

/** Where the daemon listens for HTTP, and which host names it accepts. */
export const httpOptions = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. There is no password, so keep it local.'),
  port: z.int().min(0).max(65_535).default(8787).describe('TCP port to listen on; 0 takes a free one.'),
  allowedHosts: z
    .array(
      z
        .string()
        .regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/, 'must be a lower-case name or address, without a port'),
    )
    .min(1)
    .max(50)
    .default(['localhost', '127.0.0.1', '[::1]'])
    .describe('Host names that requests may use, in Host and Origin; others are refused.'),
})

export type HttpOptions = z.output<typeof httpOptions>
