import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { checkCollectionName, checkId, checkScope } from './check-names.ts'

function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (isSyncError(error)) return error.code
    throw error
  }
  return 'accepted'
}

describe('checkId', () => {
  test.each(['a', 'x'.repeat(128), 'a b/c', 'é', '😀', '../..', '__proto__', '‮'])('takes %j (D3)', (id) => {
    expect(checkId(id)).toBe(id)
  })

  test.each([
    '',
    'x'.repeat(129),
    'a\nb',
    'a\0',
    '\u007f',
    '\u0085',
    '\ud83d',
    'a\ude00',
    1,
    null,
    undefined,
    {},
    ['a'],
  ])('refuses %j with INVALID_DOCUMENT (D3)', (id) => {
    expect(codeOf(() => checkId(id))).toBe('INVALID_DOCUMENT')
  })
})

describe('checkCollectionName', () => {
  test.each(['a', 'todos', 'A_1', 'x'.repeat(63)])('takes %j (D3)', (name) => {
    expect(checkCollectionName(name)).toBe(name)
  })

  test.each(['', '1a', '_a', 'a-b', 'a.b', 'é', 'x'.repeat(64), 'a\n', 1, null])(
    'refuses %j (D3)',
    (name) => {
      expect(codeOf(() => checkCollectionName(name))).toBe('INVALID_OPTION')
    },
  )
})

describe('checkScope', () => {
  test.each(['default', 'user:123', ' ', '~'.repeat(128)])('takes %j (D3)', (scope) => {
    expect(checkScope(scope)).toBe(scope)
  })

  test.each(['', 'é', 'a\n', '\u007f', 'x'.repeat(129), 1, null])('refuses %j (D3)', (scope) => {
    expect(codeOf(() => checkScope(scope))).toBe('INVALID_OPTION')
  })

  test('throws nothing but a SyncError, whatever comes (D3)', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const check of [checkId, checkCollectionName, checkScope])
          expect(codeOf(() => check(value))).toMatch(/^(INVALID|accepted)/)
      }),
    )
  })
})
