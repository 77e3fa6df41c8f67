/** The whole contract over real HTTP and WebSockets: two servers of our own in front of one SQLite file. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { adapterConformance } from '@synclayer/conformance'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { createSyncServer } from '@synclayer/server'
import { serveSync, type Serving } from '@synclayer/server/node'
import Database from 'better-sqlite3'
import { describe, test } from 'vitest'
import { restAdapter } from './rest-adapter.ts'

/** The suite's clients are in a hurry. */
const LIMITS = { requestsPerSecond: 1_000_000, burst: 1_000_000, sockets: 1_000 }

adapterConformance({
  describe,
  test,
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'synclayer-'))
    const path = join(folder, 'backend.db')
    const servings: Serving[] = []
    const adapter = async (): Promise<BackendAdapter> => {
      const server = createSyncServer({
        adapter: sqliteAdapter({ path, pollIntervalMs: 20 }),
        authenticate: ({ token }) => (token === 'secret' ? { id: 'suite', scopes: () => true } : null),
        limits: LIMITS,
        logger: { log: () => {} },
      })
      const serving = await serveSync({ server, port: 0 })
      servings.push(serving)
      return restAdapter({ url: serving.url, auth: () => 'secret' })
    }
    const closeServers = async (): Promise<void> => {
      await Promise.all(servings.splice(0).map((serving) => serving.close()))
    }
    return {
      adapter: await adapter(),
      second: adapter,
      // The server appends whose they are.
      maxClientIdLength: 100,
      backup: async () => {
        const copy = join(folder, 'copy.db')
        const database = new Database(path)
        await database.backup(copy)
        database.close()
        return async () => {
          await closeServers()
          for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
          copyFileSync(copy, path)
          return adapter()
        }
      },
      close: async () => {
        await closeServers()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
})
