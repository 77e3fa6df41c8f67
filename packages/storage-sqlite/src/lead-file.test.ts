import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ForeignCommit, Storage } from '@synclayer/core/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqliteStorage } from './sqlite-storage.ts'

let folder: string
let opened: Storage[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synclayer-lead-'))
  opened = []
})
afterEach(async () => {
  for (const storage of opened) await storage.close()
  rmSync(folder, { recursive: true })
})

async function open(): Promise<Storage> {
  const storage = sqliteStorage({ path: join(folder, 'app.db') })
  await storage.open({ collections: [{ name: 'notes', indexes: [] }], durability: 'process' })
  opened.push(storage)
  return storage
}

/** The next commit of others that it is told of. */
function nextChange(storage: Storage): Promise<ForeignCommit> {
  return new Promise((resolve) => {
    const stop = storage.changes!((commit) => {
      stop()
      resolve(commit)
    })
  })
}

const entry = (name: string, value: string | null) => ({ entries: [{ name, value }] })

describe('the entries that name who leads', () => {
  test('are told to others as commits that changed no record (W39, Q8)', async () => {
    const [one, two] = [await open(), await open()]
    // So that it watches from here on.
    await two.readEntries(['lead:g'])
    await one.commit(entry('lead:g', 'a'))
    const told = nextChange(two)
    await one.commit(entry('lead:g', 'b'))
    expect(await told).toEqual({ records: [] })
    const other = nextChange(two)
    await one.commit(entry('cursor', 'c'))
    expect(await other).toEqual({})
  })

  test('are committed on conditions, seen by all, and removed (ST2, ST3, W39)', async () => {
    const [one, two] = [await open(), await open()]
    const absent = [{ entry: 'lead:g', revision: null }]
    expect(await one.commit(entry('lead:g', 'a'), absent)).toEqual({ status: 'committed' })
    expect(await two.commit(entry('lead:g', 'b'), absent)).toEqual({ status: 'stale' })
    const [found, cursor] = await two.readEntries(['lead:g', 'cursor'])
    expect([found?.value, cursor]).toEqual(['a', undefined])
    const { revision } = found!
    expect(await two.commit(entry('lead:g', 'b'), [{ entry: 'lead:g', revision }])).toEqual({
      status: 'committed',
    })
    expect((await one.readEntries(['lead:g']))[0]?.revision).not.toBe(revision)
    await one.commit(entry('lead:g', null))
    expect(await two.readEntries(['lead:g'])).toEqual([undefined])
  })

  test('are in a file of their own, which is not made where nobody asks, and replaced where it is none (W39, ST6)', async () => {
    const path = join(folder, 'app.db-lead')
    const one = await open()
    await one.commit(entry('cursor', 'c'))
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, 'This is no database, and long enough to be taken for one. '.repeat(100))
    expect(await one.readEntries(['lead:g'])).toEqual([undefined])
    await one.commit(entry('lead:g', 'a'))
    expect((await one.readEntries(['lead:g']))[0]?.value).toBe('a')
  })
})
