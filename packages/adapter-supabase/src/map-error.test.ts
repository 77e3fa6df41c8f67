import type { Answer } from '@synclayer/adapter-kit/http'
import { describe, expect, test } from 'vitest'
import { brokenAnswer, errorOf } from './map-error.ts'

const answer = (status: number, body: unknown, retryAfterMs?: number): Answer => ({
  status,
  body,
  retryAfterMs,
  asked: 'POST https://x.supabase.co/rest/v1/rpc/synclayer_push',
})
const ofRest = (status: number, code: string, more: object = {}): Answer =>
  answer(status, { code, message: 'why', details: null, hint: null, ...more })

describe('errorOf', () => {
  test.each<readonly [string, number, string, string, boolean]>([
    ['a token that has expired', 401, 'PGRST301', 'UNAUTHENTICATED', true],
    ['claims that are not taken', 401, 'PGRST303', 'UNAUTHENTICATED', true],
    ['nobody signed in, who may not do it', 401, '42501', 'UNAUTHENTICATED', true],
    ['a user who may not do it', 403, '42501', 'FORBIDDEN', false],
    ['a refusal of the project’s own', 403, 'PT403', 'FORBIDDEN', false],
    ['too much of a good thing', 429, 'PT429', 'RATE_LIMITED', true],
    ['no functions', 404, 'PGRST202', 'NOT_SUPPORTED', false],
    ['a function within that is not there', 404, '42883', 'NOT_SUPPORTED', false],
    ['a table that is not there', 404, '42P01', 'NOT_SUPPORTED', false],
    ['a schema that is not exposed', 406, 'PGRST106', 'NOT_SUPPORTED', false],
    ['a body that is no JSON', 400, 'PGRST102', 'PROTOCOL', false],
    ['a text that PostgreSQL cannot hold', 400, '22P05', 'PROTOCOL', false],
    ['no database', 503, 'PGRST000', 'BACKEND_FAILED', true],
    ['no schema yet', 503, 'PGRST002', 'BACKEND_FAILED', true],
    ['no free connection', 504, 'PGRST003', 'TIMEOUT', true],
    ['no secret', 500, 'PGRST300', 'BACKEND_FAILED', false],
    ['a statement that takes too long', 500, '57014', 'TIMEOUT', true],
    ['a lock that is not given', 500, '55P03', 'BACKEND_FAILED', true],
    ['a deadlock', 500, '40P01', 'BACKEND_FAILED', true],
    ['a serialization failure', 500, '40001', 'BACKEND_FAILED', true],
    ['a server that shuts down', 503, '57P01', 'BACKEND_FAILED', true],
    ['a connection that broke', 503, '08006', 'BACKEND_FAILED', true],
    ['a database that is read-only for a while', 405, '25006', 'BACKEND_FAILED', true],
    ['a full disk', 503, '53100', 'BACKEND_FAILED', true],
    ['a limit of PostgreSQL', 500, '54001', 'BACKEND_FAILED', false],
    ['an error of a function of the project', 400, 'P0001', 'BACKEND_FAILED', false],
    ['a failure nobody has heard of', 500, 'XX000', 'BACKEND_FAILED', true],
  ])('%s: %i %s is %s', (_, status, sent, code, retryable) => {
    const error = errorOf(ofRest(status, sent))
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code, retryable })
    expect(Object.values(error.details)).toContain(sent)
  })

  test('a scope that is no longer the user’s is told by the project alone', () => {
    expect(errorOf(ofRest(403, 'PT403', { details: 'SCOPE_REVOKED' })).code).toBe('SCOPE_REVOKED')
    expect(errorOf(ofRest(403, '42501', { details: 'SCOPE_REVOKED' })).code).toBe('FORBIDDEN')
  })

  test.each<readonly [number, unknown, string]>([
    [401, { message: 'Invalid API key' }, 'UNAUTHENTICATED'],
    [403, '<html>', 'FORBIDDEN'],
    [413, undefined, 'RECORD_TOO_LARGE'],
    [429, undefined, 'RATE_LIMITED'],
    [504, undefined, 'TIMEOUT'],
    [520, '<html>', 'BACKEND_FAILED'],
    [524, '<html>', 'TIMEOUT'],
    [400, '<html>', 'NETWORK'],
    [404, undefined, 'NETWORK'],
    [204, undefined, 'NETWORK'],
  ])('what stands between has the status alone: %i is %s', (status, body, code) => {
    expect(errorOf(answer(status, body)).code).toBe(code)
  })

  test('how long to wait is told where the answer said so', () => {
    expect(errorOf(answer(429, undefined, 7_000)).details).toEqual({ status: 429, retryAfterMs: 7_000 })
    expect(errorOf(ofRest(503, '53300')).details).toEqual({ status: 503, sqlstate: '53300' })
  })

  test('an answer that is none says nothing of what was asked', () => {
    const cause = new SyntaxError('x')
    expect(brokenAnswer('POST x', cause)).toMatchObject({ code: 'NETWORK', retryable: true, cause })
  })
})
