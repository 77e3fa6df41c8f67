/**
 * Reading and writing members by names that come from data. `object['__proto__'] = x` changes a prototype and
 * `object['toString']` finds what nobody stored; these do neither.
 */
import type { Json } from './json.ts'

/** The own member of that name, or undefined. */
export function getOwn(object: Readonly<Record<string, Json>>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Makes or replaces an own member, whatever its name. */
export function setOwn(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}
