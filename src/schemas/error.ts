import { z } from 'zod'

/** What a command writes to standard error when it fails and was asked for JSON: one line. */
export const errorAnswer = z
  .strictObject({
    error: z
      .strictObject({
        exit_code: z
          .int()
          .describe('Exit code of the process, after sysexits.h; optionlake --help lists them.'),
        name: z
          .enum([
            'internal',
            'usage',
            'unreachable',
            'cannot_create',
            'io',
            'try_later',
            'refused',
            'configuration',
            'interrupted',
            'terminated',
          ])
          .describe('Name of the exit code.'),
        message: z.string().describe('One line for a person: what is wrong, and what to do.'),
      })
      .describe('Why the command failed.'),
  })
  .describe('A failure of a command with --json, one line on standard error.')
