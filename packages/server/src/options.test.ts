import { createModelBackend } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { createSyncServer } from './create-sync-server.ts'
import type { SyncServerOptions } from './options.ts'

const adapter = createModelBackend({ now: () => 0 }).adapter()
const authenticate = (): null => null

describe('createSyncServer', () => {
  test.each<readonly [string, unknown]>([
    ['options', null],
    ['adapter', { authenticate }],
    ['adapter', { adapter: { ...adapter, pull: undefined }, authenticate }],
    ['authenticate', { adapter }],
    ['authenticate', { adapter, authenticate: 'secret' }],
    ['authorize', { adapter, authenticate, authorize: true }],
    ['collections', { adapter, authenticate, collections: 'todos' }],
    ['collections', { adapter, authenticate, collections: ['a b'] }],
    ['cors', { adapter, authenticate, cors: 'https://app.test' }],
    ['cors', { adapter, authenticate, cors: ['app.test'] }],
    ['cors', { adapter, authenticate, cors: ['https://app.test/'] }],
    ['basePath', { adapter, authenticate, basePath: 'api' }],
    ['basePath', { adapter, authenticate, basePath: '/api/' }],
    ['limits', { adapter, authenticate, limits: 5 }],
    ['limits.batch', { adapter, authenticate, limits: { batch: 0 } }],
    ['limits.ids', { adapter, authenticate, limits: { ids: '5' } }],
    ['limits.bodyBytes', { adapter, authenticate, limits: { bodyBytes: 100 } }],
    ['limits.rate', { adapter, authenticate, limits: { rate: 5 } }],
    ['logger', { adapter, authenticate, logger: {} }],
    ['clock', { adapter, authenticate, clock: 5 }],
    ['random', { adapter, authenticate, random: { next: () => 0 } }],
    ['timers', { adapter, authenticate, timers: {} }],
    ['secret', { adapter, authenticate, secret: 'x' }],
  ])('an unsound %s is INVALID_OPTION and named (D12)', (option, options) => {
    expect(() => createSyncServer(options as SyncServerOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
    )
  })

  test('every option may be given', async () => {
    const server = createSyncServer({
      adapter,
      authenticate,
      authorize: () => true,
      collections: ['todos'],
      cors: ['https://app.test', 'http://localhost:5173', 'null', 'capacitor://localhost'],
      basePath: '/api/v1',
      limits: { batch: 10 },
      logger: {
        log: () => {
          throw new Error('This logger is broken')
        },
      },
    })
    const answer = await server.fetch(new Request('http://sync.test/api/v1/sync'))
    expect(answer.status).toBe(401)
    await server.close()
  })
})
