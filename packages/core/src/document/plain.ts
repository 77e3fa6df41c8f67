/** Which objects are plain JSON containers, whichever realm (window, frame, vm context) made them. */

/** True for `{…}`, `JSON.parse` and `Object.create(null)`; false for instances of classes, Map and Date too. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return !Array.isArray(value)
  // Another realm's Object.prototype: the root of its chain, with what only that one owns.
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'isPrototypeOf') &&
    !Array.isArray(value)
  )
}

/** True for arrays that are no instances of a subclass. */
export function isPlainArray(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) return true
  return typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, 'copyWithin')
}
