import type { Json } from './json.ts'
import { setOwn } from './own-member.ts'

/** A copy that shares nothing with the original, for handing documents to code that may change them. */
export function cloneJson<Value extends Json>(value: Value): Value {
  return clone(value) as Value
}

function clone(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(clone)
  const copy: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value)) setOwn(copy, key, clone(member as Json))
  return copy
}
