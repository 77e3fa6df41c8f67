import { adapterConformance } from '@synclayer/conformance'
import { server } from '@synclayer/servers'
import { afterAll, describe, test } from 'vitest'
import { postgresAdapter } from './postgres-adapter.ts'
import { changeUrl, openTestServer } from './testing/test-database.ts'

const { url, details } = await server('pgbouncer')
const behind = await openTestServer(details['direct'])
const database = await behind.createPrepared()
afterAll(async () => {
  await database.drop()
  await behind.close()
})

describe('through PgBouncer, which pools by transaction', () => {
  adapterConformance({
    describe,
    test,
    concurrent: { ms: 5_000 },
    create: async () => {
      await database.clear()
      const adapter = (): ReturnType<typeof postgresAdapter> =>
        postgresAdapter({
          url: changeUrl(url, { database: database.name }),
          maxConnections: 4,
          pollInterval: 50,
        })
      return { adapter: adapter(), second: adapter, close: async () => {} }
    },
  })
})
