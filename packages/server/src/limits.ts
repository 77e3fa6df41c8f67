/** What one client may cost. */
import { invalidOption } from './invalid-option.ts'

export interface ServerLimits {
  /** The largest body, in bytes after decompression. 16 MiB when left out. */
  readonly bodyBytes?: number
  /** The most mutations in one push. 1,000 when left out. */
  readonly batch?: number
  /** The most changes in one page; a client that asks for more gets so many. 5,000 when left out. */
  readonly pageChanges?: number
  /** The most ids in one fetch. 1,000 when left out. */
  readonly ids?: number
  /** Requests of one principal in a second, in the long run, in this process. 100 when left out. */
  readonly requestsPerSecond?: number
  /** Requests of one principal at once, after a quiet time. 1,000 when left out. */
  readonly burst?: number
  /** Subscriptions of one socket. 100 when left out. */
  readonly subscriptions?: number
  /** Sockets of one principal, in this process. 100 when left out. */
  readonly sockets?: number
  /** How long a body may take to arrive, and the backend to answer, in milliseconds. 30,000 when left out. */
  readonly requestMs?: number
}

export type CheckedLimits = Required<ServerLimits>

/** Room in a body for what stands around one record. */
export const ENVELOPE_BYTES: number = 64 * 1024

const DEFAULTS: CheckedLimits = {
  bodyBytes: 16 * 1024 * 1024,
  batch: 1_000,
  pageChanges: 5_000,
  ids: 1_000,
  requestsPerSecond: 100,
  burst: 1_000,
  subscriptions: 100,
  sockets: 100,
  requestMs: 30_000,
}

const MOST = 2 ** 31 - 1

/** Checks the limits and fills in the rest. Throws INVALID_OPTION naming the limit. */
export function checkLimits(limits: unknown): CheckedLimits {
  if (limits === undefined) return DEFAULTS
  if (typeof limits !== 'object' || limits === null) throw invalidOption('limits', 'an object is expected')
  const checked: Record<string, number> = { ...DEFAULTS }
  for (const [name, value] of Object.entries(limits)) {
    const option = `limits.${name}`
    if (!Object.hasOwn(DEFAULTS, name)) throw invalidOption(option, 'there is no such limit')
    if (value === undefined) continue
    const least = name === 'bodyBytes' ? 2 * ENVELOPE_BYTES : 1
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > MOST) {
      throw invalidOption(option, `a whole number from ${least} to ${MOST} is expected`)
    }
    checked[name] = value
  }
  return checked as unknown as CheckedLimits
}
