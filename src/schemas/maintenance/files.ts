import { z } from 'zod'

/** A number of files with their size. */
export const fileCount = (text: string) =>
  z.strictObject({ files: z.int().describe('Files.'), bytes: z.int().describe('Bytes.') }).describe(text)

/** Versions by table. */
export const tableVersions = z.record(z.string(), z.int()).describe('Version of each table by its name.')
