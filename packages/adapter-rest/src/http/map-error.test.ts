import { describe, expect, test } from 'vitest'
import type { Answer } from '@synclayer/adapter-kit/http'
import { brokenAnswer, errorOf } from './map-error.ts'

const answer = (status: number, body: unknown, retryAfterMs?: number): Answer => ({
  status,
  body,
  retryAfterMs,
  asked: 'POST http://x/sync/push',
})
const proper = (code: string, more: object = {}): unknown => ({ error: { code, message: 'why', ...more } })

describe('errorOf', () => {
  test.each<readonly [number, string]>([
    [400, 'PROTOCOL'],
    [400, 'NOT_SUPPORTED'],
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [403, 'SCOPE_REVOKED'],
    [404, 'UNKNOWN_COLLECTION'],
    [404, 'NOT_FOUND'],
    [405, 'PROTOCOL'],
    [409, 'EPOCH_CHANGED'],
    [410, 'CURSOR_EXPIRED'],
    [413, 'RECORD_TOO_LARGE'],
    [415, 'PROTOCOL'],
    [429, 'RATE_LIMITED'],
    [500, 'BACKEND_FAILED'],
    [501, 'NOT_SUPPORTED'],
    [503, 'BACKEND_FAILED'],
    [504, 'TIMEOUT'],
  ])('%i %s of the server is what it says', (status, code) => {
    expect(errorOf(answer(status, proper(code, { details: { path: 'a' } })))).toMatchObject({
      code,
      message: 'The server: why',
      details: { status, path: 'a' },
    })
  })

  test.each<readonly [number, string]>([
    [400, 'NETWORK'],
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [404, 'NETWORK'],
    [407, 'NETWORK'],
    [408, 'NETWORK'],
    [409, 'NETWORK'],
    [410, 'NETWORK'],
    [413, 'RECORD_TOO_LARGE'],
    [418, 'NETWORK'],
    [429, 'RATE_LIMITED'],
    [204, 'NETWORK'],
    [206, 'NETWORK'],
    [500, 'BACKEND_FAILED'],
    [502, 'BACKEND_FAILED'],
    [503, 'BACKEND_FAILED'],
    [504, 'TIMEOUT'],
    [524, 'BACKEND_FAILED'],
  ])('%i of anyone else is %s', (status, code) => {
    for (const body of [undefined, null, '<html>', { code: 'SCOPE_REVOKED' }, { error: 'SCOPE_REVOKED' }]) {
      expect(errorOf(answer(status, body))).toMatchObject({ code, details: { status } })
    }
  })

  test.each<readonly [number, string, string]>([
    [500, 'SCOPE_REVOKED', 'BACKEND_FAILED'],
    [404, 'SCOPE_REVOKED', 'NETWORK'],
    [403, 'CURSOR_EXPIRED', 'FORBIDDEN'],
    [500, 'EPOCH_CHANGED', 'BACKEND_FAILED'],
    [503, 'PROTOCOL', 'BACKEND_FAILED'],
    [400, 'STORAGE_CORRUPT', 'NETWORK'],
    [401, 'WRONG_KEY', 'UNAUTHENTICATED'],
  ])('%i with the code %s, which does not go with it, is %s', (status, told, code) => {
    expect(errorOf(answer(status, proper(told))).code).toBe(code)
  })

  test('a code of a newer server is a failure of the backend', () => {
    expect(errorOf(answer(500, proper('SOMETHING_NEW'))).code).toBe('BACKEND_FAILED')
  })

  test('waits as the body says, else as the header does', () => {
    expect(
      errorOf(answer(429, proper('RATE_LIMITED', { retryAfterMs: 1_500 }), 2_000)).details,
    ).toMatchObject({
      retryAfterMs: 1_500,
    })
    expect(errorOf(answer(429, undefined, 2_000)).details).toMatchObject({ retryAfterMs: 2_000 })
    expect(errorOf(answer(503, proper('BACKEND_FAILED'))).details).not.toHaveProperty('retryAfterMs')
  })
})

test('a broken answer leaves everything unknown', () => {
  expect(brokenAnswer('GET http://x', new Error('why'))).toMatchObject({ code: 'NETWORK', retryable: true })
})
