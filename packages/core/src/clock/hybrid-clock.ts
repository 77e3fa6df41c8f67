/**
 * A hybrid logical clock: wall-clock milliseconds, and a counter for what the wall clock cannot tell apart. Its times
 * rise whatever the wall clock does, and stay as close to it as that allows.
 *
 * After Kulkarni, Demirbas, Madappa, Avva, Leone: Logical Physical Clocks, OPODIS 2014.
 */
import { isHlc } from '../document/is-hlc.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hlc } from '../protocol/identifiers.ts'

/** The parts of a time. */
export interface HlcParts {
  /** Milliseconds since 1970, 0 to 2^48 - 1. */
  readonly ms: number
  /** 0 to 65535. */
  readonly counter: number
  /** 16 lower-case hex digits: whose clock it was; in the time of a mutation, what it says. */
  readonly node: string
}

export interface HybridClock {
  /** A time later than all this clock gave before, and later than `after` whichever node made that (T1). */
  tick(after?: Hlc): Hlc
}

const MAX_MS = 2 ** 48 - 1
const MAX_COUNTER = 0xffff
const NODE = /^[0-9a-f]{16}$/

/** Earlier than any time a clock gives. */
export const ZERO_TIME: Hlc = '000000000000-0000-0000000000000000'

/** The written form, whose order as a string is the order in time. Milliseconds and counter are kept in their bounds. */
export function formatHlc(parts: HlcParts): Hlc {
  const { ms, counter } = bounded(parts.ms, parts.counter)
  return `${ms.toString(16).padStart(12, '0')}-${counter.toString(16).padStart(4, '0')}-${parts.node}`
}

/** The parts of a time. Throws PROTOCOL where the text is none. */
export function parseHlc(time: Hlc): HlcParts {
  if (!isHlc(time)) {
    throw new SyncError('PROTOCOL', `${JSON.stringify(time)} is no hybrid time.`, { details: { time } })
  }
  return {
    ms: Number.parseInt(time.slice(0, 12), 16),
    counter: Number.parseInt(time.slice(13, 17), 16),
    node: time.slice(18),
  }
}

/** Negative, zero or positive, by time, then counter, then node. */
export function compareHlc(a: Hlc, b: Hlc): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The later of two times. */
export function latest(a: Hlc, b: Hlc): Hlc {
  return a < b ? b : a
}

/**
 * A clock for one device. `node` is 16 lower-case hex digits, else it throws INVALID_OPTION.
 *
 * At the end of what 48 bits hold it stands still, so a hostile time from elsewhere can stop it but never break it.
 */
export function createHybridClock(options: { readonly clock: Clock; readonly node: string }): HybridClock {
  const { clock, node } = options
  if (!NODE.test(node)) {
    throw new SyncError('INVALID_OPTION', 'node must be 16 lower-case hex digits.', {
      details: { option: 'node' },
    })
  }
  // In two numbers and not as parts: every save ticks.
  let lastMs = -1
  let lastCounter = MAX_COUNTER
  // Many edits are made within one millisecond: what they share is written once.
  let sharedMs = -1
  let shared = ''
  const write = (): Hlc => {
    if (lastMs !== sharedMs) {
      sharedMs = lastMs
      shared = formatHlc({ ms: lastMs, counter: 0, node }).slice(0, 13)
    }
    return lastCounter === 0
      ? `${shared}0000-${node}`
      : `${shared}${lastCounter.toString(16).padStart(4, '0')}-${node}`
  }
  const setLast = ({ ms, counter }: { readonly ms: number; readonly counter: number }): void => {
    lastMs = ms
    lastCounter = counter
  }
  return {
    tick: (after) => {
      const ms = boundedMs(Math.floor(clock.now()))
      if (after !== undefined)
        setLast(laterParts({ ms: lastMs, counter: lastCounter, node }, parseHlc(after)))
      setLast(ms > lastMs ? { ms, counter: 0 } : following({ ms: lastMs, counter: lastCounter }))
      return write()
    },
  }
}

/**
 * The time an edit would have on the backend's clock, `offsetMs` being what to add to the device's. Later than
 * `atLeast`, the time of the version it was made on (T2).
 */
export function correctTime(time: Hlc, offsetMs: number, atLeast?: Hlc): Hlc {
  const parts = parseHlc(time)
  const shifted = { ...bounded(parts.ms + Math.round(offsetMs), parts.counter), node: parts.node }
  if (atLeast === undefined) return formatHlc(shifted)
  const floor = parseHlc(atLeast)
  return formatHlc(isAfter(shifted, floor) ? shifted : { ...following(floor), node: parts.node })
}

/** The same moment, or the first after `atLeast`; told apart from others of it by `node`, 16 lower-case hex digits. */
export function stampTime(time: Hlc, node: string, atLeast?: Hlc): Hlc {
  return correctTime(`${time.slice(0, -node.length)}${node}`, 0, atLeast)
}

/** The time, or where it is beyond `maxMs` that moment: what an adapter stores of a clock that runs ahead (T4). */
export function clampTime(time: Hlc, maxMs: number): Hlc {
  const parts = parseHlc(time)
  return parts.ms <= maxMs ? time : formatHlc({ ...parts, ms: Math.floor(maxMs) })
}

function isAfter(a: HlcParts, b: HlcParts): boolean {
  return a.ms > b.ms || (a.ms === b.ms && a.counter > b.counter)
}

function laterParts(a: HlcParts, b: HlcParts): HlcParts {
  return isAfter(b, a) ? b : a
}

/** The very next milliseconds and counter; a full counter goes over into the milliseconds. */
function following(parts: Omit<HlcParts, 'node'>): { readonly ms: number; readonly counter: number } {
  if (parts.counter < MAX_COUNTER) return { ms: parts.ms, counter: parts.counter + 1 }
  return parts.ms < MAX_MS ? { ms: parts.ms + 1, counter: 0 } : { ms: MAX_MS, counter: MAX_COUNTER }
}

function bounded(ms: number, counter: number): { readonly ms: number; readonly counter: number } {
  return { ms: boundedMs(ms), counter: Math.min(Math.max(counter, 0), MAX_COUNTER) }
}

function boundedMs(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_MS)
}
