import { z } from 'zod'

/** Where the daemon answers over HTTP, and for whom. */
export const httpOptions = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address on which the daemon answers; nothing asks for a password, so keep it local.'),
  port: z.int().min(0).max(65_535).default(8787).describe('TCP port of it; 0 takes a free one.'),
  allowedHosts: z
    .array(
      z
        .string()
        .regex(
          /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/,
          'must be a name or address in small letters, without a port',
        ),
    )
    .min(1)
    .max(50)
    .default(['localhost', '127.0.0.1', '[::1]'])
    .describe('Names under which it may be asked (Host and Origin); others are refused.'),
})

export type HttpOptions = z.output<typeof httpOptions>
