import { expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import { shownStatus, shownToOthers } from './shown-status.ts'

const STATUS = {
  phase: 'syncing',
  pending: 3,
  parked: 1,
  lastSyncAt: 5,
  progress: { done: 1, remaining: null },
} as const

/** What is left of it on its way as JSON. */
function travelled(status: Parameters<typeof shownToOthers>[0]) {
  return shownStatus(JSON.parse(JSON.stringify(shownToOthers(status))) as never)
}

test('a status comes through but for what each process counts itself (O3, W39)', () => {
  const { pending: _pending, parked: _parked, ...shown } = STATUS
  expect(travelled({ ...STATUS, lastError: null })).toEqual({ ...shown, lastError: null })
})

test('an error comes through as a SyncError, without its details (O3, W39, D21)', () => {
  const lastError = new SyncError('RATE_LIMITED', 'Slower.', { retryable: false, details: { secret: 1 } })
  const error = travelled({ ...STATUS, lastError })!.lastError
  expect(error).toBeInstanceOf(SyncError)
  expect(error).toMatchObject({ code: 'RATE_LIMITED', message: 'Slower.', retryable: false, details: {} })
})

test('what a newer version calls an error here unknown shows as none; nothing shown is nothing (W39)', () => {
  expect(
    shownStatus({ phase: 'idle', lastError: { code: 'NEW', message: '', retryable: true } })!.lastError,
  ).toBeNull()
  expect(shownStatus(null)).toBeNull()
})
