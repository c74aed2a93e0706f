import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'

/** One kind of request: how it is called, where its id is, and what answers it. */
export interface Request {
  readonly name: string
  /** The field that carries the request id, for errors; absent for requests without one. */
  readonly idField?: number
  /** Reads the fields after the message id and answers. Throws `Malformed` on unreadable fields. */
  readonly answer: (client: Client, fields: Fields, state: SimulatorState) => void
}

/** Requests by the message id of the protocol. */
export type RequestTable = Readonly<Record<number, Request>>
