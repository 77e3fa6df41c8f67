import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterConformance } from '@synclayer/conformance'
import { createSyncLayer } from '@synclayer/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { journalAdapter } from './journal-adapter.ts'

adapterConformance({
  describe,
  test,
  // One process and no waiting: what can go wrong between writers here does so at once.
  concurrent: { ms: 2_000 },
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'synclayer-journal-'))
    const path = join(folder, 'backend.jsonl')
    return {
      adapter: journalAdapter({ path }),
      second: () => journalAdapter({ path }),
      backup: async () => {
        copyFileSync(path, `${path}.backup`)
        return async () => {
          copyFileSync(`${path}.backup`, path)
          return journalAdapter({ path })
        }
      },
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
})

describe('journal: what the suite cannot know', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'synclayer-journal-'))
    path = join(folder, 'backend.jsonl')
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  /** What a new client finds on the backend, once it has saved `id` there. */
  async function saveAndList(id: string): Promise<readonly string[]> {
    const db = await createSyncLayer({
      adapter: journalAdapter({ path }),
      collections: ['todos'],
      sync: { auto: false },
      logger: 'off',
    })
    try {
      await db.collection('todos').save({ id })
      await db.sync()
      return (await db.collection('todos').getAll()).map((todo) => todo.id)
    } finally {
      await db.close()
    }
  }

  test('a line torn by a kill is dropped, and what came before it stays', async () => {
    await saveAndList('a')
    appendFileSync(path, '{"kind":"write","scope":"default","wri')
    expect(await saveAndList('b')).toEqual(['a', 'b'])
    expect(await saveAndList('c')).toEqual(['a', 'b', 'c'])
  })

  test('a damaged line is told, and nothing is written', async () => {
    await saveAndList('a')
    appendFileSync(path, 'no line\n')
    await expect(saveAndList('b')).rejects.toMatchObject({ code: 'BACKEND_FAILED', retryable: false })
  })

  test('another process is kept out', async () => {
    writeFileSync(`${path}.lock`, '')
    await expect(saveAndList('a')).rejects.toMatchObject({ code: 'BACKEND_FAILED', retryable: false })
  })
})
