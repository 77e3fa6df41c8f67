import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageConformance } from '@synclayer/conformance'
import { afterAll, describe, test } from 'vitest'
import { sqliteStorage } from './index.ts'

describe('sqliteStorage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-sqlite-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  storageConformance({
    describe,
    test,
    create: ({ location }) => sqliteStorage({ path: join(folder, `${location}.db`) }),
  })
})
