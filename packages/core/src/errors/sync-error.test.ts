import { describe, expect, test } from 'vitest'
import { reasonOf } from './reason-of.ts'
import { isSyncError, SyncError, toSyncError } from './sync-error.ts'

describe('SyncError', () => {
  test('is told by its code, and says whether trying again may help (D21)', () => {
    const error = new SyncError('NETWORK', 'No answer.', { cause: 'x', details: { scope: 's' } })
    expect(error).toMatchObject({ code: 'NETWORK', retryable: true, cause: 'x', details: { scope: 's' } })
    expect(new SyncError('INVALID_OPTION', 'No.').retryable).toBe(false)
    expect(new SyncError('INVALID_OPTION', 'No.', { retryable: true }).retryable).toBe(true)
    expect('cause' in new SyncError('NETWORK', 'No answer.')).toBe(false)
  })

  test('is one also where another copy of the package made it (D21)', () => {
    const foreign = Object.assign(new Error('No answer.'), { name: 'SyncError', code: 'NETWORK' })
    expect(isSyncError(foreign)).toBe(true)
    expect(isSyncError(foreign, 'NETWORK')).toBe(true)
    expect(isSyncError(foreign, 'TIMEOUT')).toBe(false)
    expect(toSyncError(foreign, 'TIMEOUT', 'x')).toBe(foreign)
  })

  test.each([
    [new Error('x')],
    [Object.assign(new Error('x'), { name: 'SyncError', code: 'NONE' })],
    [{ name: 'SyncError', code: 'NETWORK' }],
    [null],
    ['NETWORK'],
  ])('is none: %o (D21)', (thrown: unknown) => {
    expect(isSyncError(thrown)).toBe(false)
    expect(toSyncError(thrown, 'BACKEND_FAILED', 'It failed')).toMatchObject({
      code: 'BACKEND_FAILED',
      cause: thrown,
    })
  })
})

describe('reasonOf', () => {
  test('says something of whatever was thrown, and never throws itself (I10)', () => {
    expect(reasonOf(new Error('why'))).toBe('why')
    expect(reasonOf('why')).toBe('why')
    for (const mute of [null, undefined, Object.create(null)])
      expect(reasonOf(mute)).toBe('it threw something that is no Error')
  })
})
