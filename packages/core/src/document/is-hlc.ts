import type { Hlc } from '../protocol/identifiers.ts'

const HLC = /^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$/

/** True when `value` is a hybrid time in its one written form, whose order as a string is the order in time. */
export function isHlc(value: unknown): value is Hlc {
  return typeof value === 'string' && HLC.test(value)
}
