import { createClient } from '@supabase/supabase-js'
import { afterEach, expect, test, vi } from 'vitest'
import { checkOptions, type SupabaseAdapterOptions } from './options.ts'
import { supabaseAdapter } from './supabase-adapter.ts'

const url = 'https://abcdefgh.supabase.co'
const key = 'sb_publishable_x'
const WebSocket = class {}
const client = createClient(url, key, { realtime: { transport: WebSocket as never } })

afterEach(() => {
  vi.unstubAllGlobals()
})

test('fills in what is left out', () => {
  expect(checkOptions({ client })).toEqual({ source: { client }, schema: 'public', realtime: true })
  const { source } = checkOptions({ url, key, WebSocket })
  expect(source).toEqual({ url, key, WebSocket, accessToken: undefined })
})

test('the platform’s WebSocket is used; where there is none, one has to be given, unless realtime is off', () => {
  vi.stubGlobal('WebSocket', WebSocket)
  expect(checkOptions({ url, key }).source).toMatchObject({ WebSocket })
  vi.stubGlobal('WebSocket', undefined)
  expect(() => checkOptions({ url, key })).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTION', details: { option: 'WebSocket' } }),
  )
  expect(checkOptions({ url, key, realtime: false }).realtime).toBe(false)
})

test.each<readonly [string, unknown]>([
  ['options', null],
  ['client', { client: {} }],
  ['client', { client: url }],
  ['url', { client, url }],
  ['key', { client, key }],
  ['accessToken', { client, accessToken: async () => null }],
  ['url', {}],
  ['url', { url: 'abcdefgh.supabase.co', key }],
  ['url', { url: 'ftp://abcdefgh.supabase.co', key }],
  ['key', { url }],
  ['key', { url, key: 'a b' }],
  ['accessToken', { url, key, WebSocket, accessToken: 'token' }],
  ['WebSocket', { url, key, WebSocket: {} }],
  ['schema', { client, schema: '' }],
  ['schema', { client, schema: 'a\r\nb' }],
  ['realtime', { client, realtime: 'no' }],
  ['token', { client, token: 'x' }],
])('an unsound option is INVALID_OPTION and named: %s of %j', (option, options) => {
  expect(() => supabaseAdapter(options as SupabaseAdapterOptions)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
  )
})

test('a key is not in the message', () => {
  expect(() => supabaseAdapter({ url, key: 'hunter2 x' })).toThrow(/^(?!.*hunter2)/)
})
