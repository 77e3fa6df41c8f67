import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import type { Patch } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import { applyPatch, diffDocuments } from './patch.ts'

function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (isSyncError(error)) return error.code
    throw error
  }
  return 'accepted'
}

describe('diffDocuments', () => {
  test.each<readonly [string, JsonObject, JsonObject, Patch | null]>([
    ['equal documents', { id: '1', a: [1] }, { a: [1], id: '1' }, null],
    ['an added field', {}, { a: 1 }, { set: { '/a': 1 } }],
    ['a removed field', { a: 1 }, {}, { unset: ['/a'] }],
    ['a field set to null', { a: 1 }, { a: null }, { set: { '/a': null } }],
    ['a field that was null', { a: null }, {}, { unset: ['/a'] }],
    ['a nested change', { u: { n: 'A', x: 1 } }, { u: { n: 'B', x: 1 } }, { set: { '/u/n': 'B' } }],
    ['an object emptied', { u: { n: 1 } }, { u: {} }, { unset: ['/u/n'] }],
    ['an array, which is a value', { a: [1, 2] }, { a: [1, 2, 3] }, { set: { '/a': [1, 2, 3] } }],
    ['an object become an array', { a: {} }, { a: [] }, { set: { '/a': [] } }],
    ['a string become an object', { a: 'x' }, { a: { b: 1 } }, { set: { '/a': { b: 1 } } }],
    [
      'keys that need escaping',
      { '/': 1, '~': 1, '': 1 },
      { '/': 2, '~': 2, '': 2 },
      { set: { '/~1': 2, '/~0': 2, '/': 2 } },
    ],
    ['a field named like a method', {}, { toString: 1 }, { set: { '/toString': 1 } }],
    ['the id, which never differs', { id: '1' }, { id: '2' }, null],
    ['an id further down', { u: { id: 1 } }, { u: { id: 2 } }, { set: { '/u/id': 2 } }],
  ])('of %s (W2)', (_name, base, local, patch) => {
    expect(diffDocuments(base, local)).toEqual(patch)
  })
})

describe('applyPatch', () => {
  test('tells null, absent and removed apart (A5)', () => {
    const document = { a: 1, b: null, c: { d: 1 } }
    expect(applyPatch(document, { set: { '/a': null }, unset: ['/b'] })).toEqual({ a: null, c: { d: 1 } })
    expect(Object.keys(applyPatch(document, { unset: ['/c/d'] }))).toEqual(['a', 'b', 'c'])
    expect(applyPatch({ a: { b: null } }, { unset: ['/a/b'] })).toEqual({ a: {} })
  })

  test('touches nothing it does not name, and shares it (A5)', () => {
    const document = { a: { b: 1 }, c: { d: [1] } }
    const patched = applyPatch(document, { set: { '/a/b': 2 } })
    expect(document).toEqual({ a: { b: 1 }, c: { d: [1] } })
    expect(patched).toEqual({ a: { b: 2 }, c: { d: [1] } })
    expect(patched['c']).toBe(document.c)
    expect(applyPatch(document, {})).toBe(document)
  })

  test('removing what is absent changes nothing (A5)', () => {
    expect(applyPatch({ a: 1 }, { unset: ['/b'] })).toEqual({ a: 1 })
  })

  test.each<readonly [string, JsonObject, Patch]>([
    ['through a missing object', {}, { set: { '/a/b': 1 } }],
    ['through a string', { a: 'x' }, { set: { '/a/b': 1 } }],
    ['through null', { a: null }, { set: { '/a/b': 1 } }],
    ['into an array', { a: [1] }, { set: { '/a/0': 2 } }],
    ['through an inherited member', {}, { set: { '/toString/x': 1 } }],
    ['through a prototype', {}, { set: { '/__proto__/x': 1 } }],
    ['through a missing object, to remove', {}, { unset: ['/a/b'] }],
    ['to the whole document', {}, { set: { '': {} } }],
    ['by no pointer', {}, { set: { a: 1 } }],
    ['by a wrong escape', {}, { set: { '/~2': 1 } }],
    ['to the id', { id: '1' }, { set: { '/id': '2' } }],
    ['twice to one place', { a: 1 }, { set: { '/a': 2 }, unset: ['/a'] }],
    ['into what it replaces', { a: {} }, { set: { '/a': {}, '/a/b': 1 } }],
    ['into what it removes, named after', { a: { b: 1 } }, { set: { '/a/b': 2 }, unset: ['/a'] }],
  ])('a patch that reaches %s is INVALID_MUTATION (A5)', (_name, document, patch) => {
    expect(codeOf(() => applyPatch(document, patch))).toBe('INVALID_MUTATION')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})
