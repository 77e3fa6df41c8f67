import { expect, test } from 'vitest'
import { checkOptions, type RestAdapterOptions } from './options.ts'
import { restAdapter } from './rest-adapter.ts'

const url = 'https://api.example.com'

test('fills in what is left out', () => {
  const checked = checkOptions({ url: `${url}/v1/` })
  expect(checked).toMatchObject({
    url: `${url}/v1`,
    headers: {},
    fetch: undefined,
    WebSocket: undefined,
    realtime: true,
    dialect: 'strict',
    compress: true,
  })
  expect(checked.auth({ refused: undefined })).toBeNull()
  expect(checkOptions({ url, dialect: 'simple' }).compress).toBe(false)
  expect(checkOptions({ url, dialect: 'simple', compress: true }).compress).toBe(true)
})

test.each<readonly [string, unknown]>([
  ['options', undefined],
  ['options', null],
  ['url', {}],
  ['url', { url: '' }],
  ['url', { url: 'api.example.com' }],
  ['url', { url: '/sync' }],
  ['url', { url: 'ftp://api.example.com' }],
  ['url', { url: 'wss://api.example.com' }],
  ['url', { url: 'https://user:word@api.example.com' }],
  ['url', { url: 'https://api.example.com?token=secret' }],
  ['url', { url: 'https://api.example.com?' }],
  ['url', { url: 'https://api.example.com#x' }],
  ['auth', { url, auth: 'token' }],
  ['fetch', { url, fetch: {} }],
  ['WebSocket', { url, WebSocket: {} }],
  ['realtime', { url, realtime: 'no' }],
  ['compress', { url, compress: 1 }],
  ['dialect', { url, dialect: 'graphql' }],
  ['headers', { url, headers: 'X-A: 1' }],
  ['headers.X-A', { url, headers: { 'X-A': 1 } }],
  ['headers.X A', { url, headers: { 'X A': '1' } }],
  ['headers.X-A', { url, headers: { 'X-A': '1\r\nX-B: 2' } }],
  ['token', { url, token: 'secret' }],
])('an unsound option is INVALID_OPTION and named: %s of %j', (option, options) => {
  expect(() => restAdapter(options as RestAdapterOptions)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
  )
})

test.each(['https://user:hunter2@api.example.com', 'https://api.example.com?token=hunter2'])(
  'what is secret in %s is not in the message',
  (address) => {
    expect(() => restAdapter({ url: address })).toThrow(/^(?!.*hunter2)/)
  },
)
