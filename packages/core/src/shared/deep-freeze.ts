import type { Json } from './json.ts'

/**
 * Freezes a JSON value with all that is in it, and returns it: what is handed to listeners cannot be changed by them
 * (Q8). Parts that are frozen already are taken to be frozen throughout, so shared parts cost nothing.
 */
export function deepFreeze<Value extends Json>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member as Json)
  return value
}
