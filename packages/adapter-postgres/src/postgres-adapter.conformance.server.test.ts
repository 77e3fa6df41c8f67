import { adapterConformance } from '@synclayer/conformance'
import { describe, test } from 'vitest'
import { postgresAdapter } from './postgres-adapter.ts'
import { createTestDatabase } from './testing/test-database.ts'

adapterConformance({
  describe,
  test,
  create: async () => {
    const database = await createTestDatabase()
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
      close: database.drop,
    }
  },
})
