import { adapterConformance } from '@synclayer/conformance'
import { afterAll, describe, test } from 'vitest'
import { postgresAdapter } from './postgres-adapter.ts'
import { openTestServer } from './testing/test-database.ts'

const server = await openTestServer()
const database = await server.createPrepared()
afterAll(async () => {
  await database.drop()
  await server.close()
})

adapterConformance({
  describe,
  test,
  create: async () => {
    await database.clear()
    const adapter = (): ReturnType<typeof postgresAdapter> =>
      postgresAdapter({ url: database.url, maxConnections: 4 })
    return {
      adapter: adapter(),
      second: adapter,
      backup: async () => {
        const restore = await database.backup()
        return async () => {
          await restore()
          return adapter()
        }
      },
      close: async () => {},
    }
  },
})
