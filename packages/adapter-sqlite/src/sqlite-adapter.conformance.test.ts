import { adapterConformance } from '@synclayer/conformance'
import Database from 'better-sqlite3'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { sqliteAdapter } from './sqlite-adapter.ts'

adapterConformance({
  describe,
  test,
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'synclayer-'))
    const path = join(folder, 'backend.db')
    const adapter = (): ReturnType<typeof sqliteAdapter> => sqliteAdapter({ path, pollIntervalMs: 20 })
    return {
      adapter: adapter(),
      second: adapter,
      backup: async () => {
        const copy = join(folder, 'copy.db')
        const database = new Database(path)
        await database.backup(copy)
        database.close()
        return async () => {
          for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
          copyFileSync(copy, path)
          return adapter()
        }
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
})
