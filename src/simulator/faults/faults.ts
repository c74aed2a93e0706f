import { z } from 'zod'

/** How long it lasts, on the simulator's clock; without it, until it is ended by hand. */
const seconds = z.number().min(0).max(86_400).optional()

/** Farms and the notices by which they break and mend. Only the market-data farm's silence is felt. */
export const FARMS = {
  market: { broken: 2103, ok: 2104, title: 'Market data' },
  history: { broken: 2105, ok: 2106, title: 'HMDS data' },
  definitions: { broken: 2157, ok: 2158, title: 'Sec-def data' },
} as const
export type FarmKind = keyof typeof FARMS

/** Bytes that are no message: bad lengths, no terminator, fields that are missing or of the wrong kind, mere noise. */
export const MALFORMED_FORMS = [
  'oversize_length',
  'zero_length',
  'unterminated',
  'missing_fields',
  'wrong_types',
  'made_up_count',
  'noise',
] as const
export type MalformedForm = (typeof MALFORMED_FORMS)[number]

/**
 * Everything that can be made to go wrong, as a client meets it. Several may be on at once, one of each kind: a second
 * one of a kind takes the place of the first.
 */
export const fault = z.discriminatedUnion('kind', [
  /** A data farm breaks and mends: 2103 and 2104 (market), 2105 and 2106, 2157 and 2158. Market data are silent meanwhile. */
  z.strictObject({
    kind: z.literal('farm_broken'),
    farm: z.enum(['market', 'history', 'definitions']).default('market'),
    seconds,
  }),
  /**
   * The gateway loses Interactive Brokers (1100, or 2110); everything is silent meanwhile. Then 1101 and the streams
   * have ended without a word (`lost`), 1102 and they go on (`kept`), or nothing is said and they stay silent (`unsaid`).
   */
  z.strictObject({
    kind: z.literal('server_lost'),
    code: z.literal([1100, 2110]).default(1100),
    streams: z.enum(['lost', 'kept', 'unsaid']).default('kept'),
    seconds,
  }),
  /** Another login holds the data: 10197 for each stream, which stays open and silent for ever; new ones likewise. */
  z.strictObject({ kind: z.literal('competing_session'), seconds }),
  /** The nightly restart: connections drop, the port refuses, and the first order id goes back to 1. */
  z.strictObject({ kind: z.literal('restart'), seconds }),
  /** The login has expired: connections drop; new ones are greeted, and startApi is never answered. */
  z.strictObject({ kind: z.literal('second_factor'), seconds }),
  /** The network swallows the connections that there are: nothing is read, sent or closed. New ones are served. */
  z.strictObject({ kind: z.literal('half_open'), seconds: z.literal(0).default(0) }),
  /** The gateway hangs: it accepts, and neither reads nor sends on any connection; afterwards it catches up. */
  z.strictObject({ kind: z.literal('freeze'), seconds }),
  /** Ticks of options stop; everything else, the current time too, is answered. */
  z.strictObject({ kind: z.literal('option_silence'), seconds }),
  /** Every startApi is refused with 326. */
  z.strictObject({ kind: z.literal('client_id_in_use'), seconds }),
  /** So many errors at once, with codes and request ids that may mean something or nothing. */
  z.strictObject({
    kind: z.literal('error_flood'),
    count: z.int().min(1).max(1_000_000).default(10_000),
    seconds: z.literal(0).default(0),
  }),
  /** One malformed frame to each client. */
  z.strictObject({
    kind: z.literal('malformed'),
    form: z.enum(MALFORMED_FORMS),
    seconds: z.literal(0).default(0),
  }),
  /** With every update come NaN, ±Infinity, 1.797e308, −1 and −2, ticks of unknown requests, and repeated ends. */
  z.strictObject({ kind: z.literal('hostile_values'), seconds }),
  /** New option streams draw this notice: 10090, 10091 and 10167 with data (delayed after 10167), the others silence. */
  z.strictObject({
    kind: z.literal('entitlement'),
    code: z.literal([354, 10089, 10090, 10091, 10167, 10168]).default(354),
    seconds,
  }),
  /** Historical data are refused with 162. */
  z.strictObject({ kind: z.literal('history_refused'), seconds }),
  /** 2172: this version of the gateway is about to be unsupported. */
  z.strictObject({ kind: z.literal('version_warning'), seconds: z.literal(0).default(0) }),
])

export type Fault = z.output<typeof fault>
export type FaultKind = Fault['kind']
/** A fault as it is written down: what has a default may be left out. */
export type FaultInput = z.input<typeof fault>

/** A fault that begins so long after the start. */
export const scheduledFault = z.strictObject({
  atSeconds: z.number().min(0).max(31_536_000),
  fault,
})

/** The faults that are on at a moment, one of each kind. */
export interface ActiveFaults {
  get<Kind extends FaultKind>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined
  has(kind: FaultKind): boolean
}
