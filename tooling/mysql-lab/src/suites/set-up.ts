import type { BackendAdapter } from '@synclayer/core/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, context, outcomes, pull, push, put } from '../calls.ts'
import type { Family, FamilyOptions } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000

/** Making the tables, or finding them; users who may do little; servers that are not the right ones. */
export function setUpTests(family: Family): void {
  describe('setting up', { timeout: TIMEOUT_MS }, () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await createLab(family.url)
    }, TIMEOUT_MS)
    afterAll(() => lab.close(), TIMEOUT_MS)
    const open = async (options: FamilyOptions): Promise<BackendAdapter> => {
      const adapter = family.adapter(options)
      await adapter.open(context())
      return adapter
    }
    const dropTables = async (): Promise<void> => {
      const rows = await lab.sql(
        `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
      )
      for (const { name } of rows) await lab.sql(`DROP TABLE ${String(name)}`)
    }

    test('many processes that open an empty database at once make its tables together', async () => {
      await dropTables()
      const adapters = await Promise.all(
        Array.from({ length: 6 }, () => open({ url: lab.url, maxConnections: 2 })),
      )
      const cursors = await Promise.all(adapters.map((adapter) => pull(adapter, null)))
      // Each takes the cursor of any other: they seal with one key.
      for (const [n, adapter] of adapters.entries()) {
        expect((await pull(adapter, cursors[(n + 1) % 6]!.cursor)).changes).toEqual([])
      }
      expect(await outcomes(adapters[0]!, put(1))).toEqual(['accepted'])
      await Promise.all(adapters.map((adapter) => adapter.close()))
    })

    test('without `migrate` missing tables are told, and none is made', async () => {
      await dropTables()
      expect(await codeOf(open({ url: lab.url, migrate: false }))).toBe('BACKEND_FAILED')
      expect(await lab.sql('SHOW TABLES')).toEqual([])
    })

    test('a user with no more than the printed grants can do all the adapter does', async () => {
      await dropTables()
      const url = await lab.user((user) =>
        family
          .schemaSql({ database: lab.database, user })
          .split(';\n')
          .filter((statement) => statement.trim() !== ''),
      )
      for (const migrate of [true, false]) {
        const adapter = await open({ url, migrate })
        const [created] = await push(adapter, [put(1)], { client: 'c' })
        expect(created?.status).toBe('accepted')
        expect((await pull(adapter, null)).changes).toHaveLength(1)
        expect(await adapter.purge?.({ scope: 'default', before: 1 })).toEqual({ tombstones: 0, results: 0 })
        await adapter.close()
      }
    })

    test('a user without the grants is FORBIDDEN, one with another password UNAUTHENTICATED', async () => {
      await dropTables()
      const url = await lab.user((user) => [`GRANT SELECT ON ${lab.database}.* TO '${user}'@'%'`])
      expect(await codeOf(open({ url }))).toBe('FORBIDDEN')
      const other = new URL(url)
      other.password = 'wrong'
      expect(await codeOf(open({ url: other.href }))).toBe('UNAUTHENTICATED')
    })

    test('a server that is not there is NETWORK; a database that is not there is told for good', async () => {
      const nowhere = new URL(lab.url)
      nowhere.port = '1'
      expect(await codeOf(open({ url: nowhere.href }))).toBe('NETWORK, retryable')
      const missing = new URL(lab.url)
      missing.pathname = '/synclayer_no_such_database'
      expect(await codeOf(open({ url: missing.href }))).toBe('BACKEND_FAILED')
    })

    test('tables of a newer layout are not touched', async () => {
      await dropTables()
      await (await open({ url: lab.url })).close()
      await lab.sql(`UPDATE synclayer_meta SET value = '99' WHERE name = 'layout'`)
      expect(await codeOf(open({ url: lab.url }))).toBe('NOT_SUPPORTED')
      await dropTables()
    })

    test('a limit of the documents that the server has no room for is refused when it is opened', async () => {
      expect(await codeOf(open({ url: lab.url, maxRecordBytes: 500 * 1024 * 1024 }))).toBe('INVALID_OPTION')
    })
  })
}
