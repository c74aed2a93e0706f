import { EXIT, Failure } from '../../src/process/failure.ts'

/** This machine lacks something that a campaign needs. */
export function cannotMeasure(what: string): Failure {
  return new Failure(EXIT.unreachable, `could not measure: ${what}`)
}
