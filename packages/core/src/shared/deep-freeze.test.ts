import { describe, expect, test } from 'vitest'
import { cloneJson } from './clone-json.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { Json } from './json.ts'

describe('deepFreeze', () => {
  test('freezes all levels and returns the very value (Q8)', () => {
    const value = { a: [{ b: 1 }], c: { d: {} } }
    expect(deepFreeze(value)).toBe(value)
    expect([value, value.a, value.a[0], value.c, value.c.d].every((part) => Object.isFrozen(part))).toBe(true)
    expect(deepFreeze('text')).toBe('text')
    expect(deepFreeze(null)).toBe(null)
  })
})

describe('cloneJson', () => {
  test('shares nothing, and keeps keys such as __proto__ as data', () => {
    const value = JSON.parse('{"a":[{"b":1}],"__proto__":{"c":2}}') as Record<string, Json>
    const copy = cloneJson(value)
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
    expect(copy['a']).not.toBe(value['a'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect((copy as { c?: unknown }).c).toBeUndefined()
  })
})
