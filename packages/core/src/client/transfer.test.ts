import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { RecordRow, Storage } from '../ports/storage.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps, type TestDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

function open(
  options: { storage?: Storage; deps?: TestDeps; adapter?: BackendAdapter; version?: number } = {},
) {
  const { storage = memoryStorage(), deps = testDeps(), adapter, version = 1 } = options
  return createTestLayer(
    {
      storage,
      collections: {
        todos: collection({
          indexes: ['rank'],
          version,
          migrate: version > 1 ? { 2: (doc) => ({ ...doc, v2: true }) } : {},
        }),
        drafts: collection({ local: true }),
      },
      sync: { auto: false },
      ...(adapter === undefined ? {} : { adapter }),
    },
    deps,
  )
}

async function rows(storage: Storage): Promise<readonly RecordRow[]> {
  const found = await Promise.all(
    ['todos', 'drafts'].map((name) => storage.scan({ collection: name, after: null, limit: 100 })),
  )
  return found.flat().map((row) => {
    const { revision: _revision, ...rest } = row as RecordRow & { revision: number }
    return rest
  })
}

describe('export and import', () => {
  test('carry everything over, unsent changes too, into a store of any kind (X2)', async () => {
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const from = memoryStorage()
    const db = await open({ storage: from, deps, adapter: backend.adapter() })
    const todos = db.collection('todos')
    await todos.saveAll([
      { id: 'kept', text: 'a\nb\u2028"ü"', rank: 1, nested: { '10': 1, '2': [null, true] } },
      { id: 'edited', rank: 2 },
      { id: 'deleted', rank: 3 },
    ])
    await db.sync()
    await todos.update('edited', { rank: 9 })
    await todos.delete('deleted')
    await todos.save({ id: 'new', rank: 4 })
    await db.collection('drafts').save({ id: 'd', text: 'draft' })
    const file = await db.export()
    const before = await rows(from)
    await db.close()

    const to = memoryStorage()
    const copy = await open({
      storage: to,
      deps: testDeps({ seed: 2, time: deps.time }),
      adapter: backend.adapter(),
    })
    expect(await copy.import(file)).toEqual({ records: 5 })
    expect(await rows(to)).toEqual(before)
    expect((await copy.collection('todos').where('rank', '>', 3).get()).map(({ id }) => id)).toEqual([
      'edited',
      'new',
    ])
    expect(copy.status.pending).toBe(3)
    await copy.sync()
    const documents = backend.records('default').filter(({ deleted }) => !deleted)
    expect(documents.map(({ data }) => data)).toEqual(
      await copy.collection('todos').orderBy('id').get().then(sorted),
    )
    expect(copy.status.pending).toBe(0)
    await copy.close()

    function sorted(all: readonly object[]): readonly object[] {
      const byId = new Map(all.map((document) => [(document as { id: string }).id, document]))
      return documents.map(({ id }) => byId.get(id)!)
    }
  })

  test('what was in flight waits again under the new client, and is not applied twice (A2, X2)', async () => {
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const adapter = backend.adapter()
    const cut: BackendAdapter = {
      ...adapter,
      push: async (...given) => {
        await adapter.push(...given)
        throw new TypeError('the answer was lost')
      },
    }
    const db = await open({ deps, adapter: cut })
    await db.collection('todos').save({ id: 'a', rank: 1 })
    await db.sync().catch(() => undefined)
    const file = await db.export()
    await db.close()
    const copy = await open({ deps: testDeps({ seed: 2, time: deps.time }), adapter: backend.adapter() })
    await copy.import(file)
    expect((await copy.outbox.list()).map(({ status }) => status)).toEqual(['waiting'])
    await copy.sync()
    expect(await copy.outbox.list()).toEqual([])
    expect(backend.records('default').map(({ data }) => data)).toEqual([{ id: 'a', rank: 1 }])
    await copy.close()
  })

  test('live queries show what was imported, and older documents are migrated (R7, Q9)', async () => {
    const db = await open()
    await db.collection('todos').save({ id: 'a', rank: 1 })
    const file = await db.export()
    await db.close()
    const copy = await open({ version: 2 })
    const live = copy.collection('todos').watch()
    await copy.import(file)
    expect(live.current).toEqual([{ id: 'a', rank: 1, v2: true }])
    await copy.close()
  })

  test('refuses a store that is not empty, and a file that is not right, writing nothing (X1)', async () => {
    const db = await open()
    await db.collection('todos').saveAll([{ id: 'a' }, { id: 'b' }])
    const file = await db.export()
    await expect(db.import(file)).rejects.toEqual(code('INVALID_OPTION'))
    await db.close()

    const lines = file.trimEnd().split('\n')
    const changed = (line: number, change: (value: Record<string, unknown>) => unknown): string =>
      lines
        .map((text, at) =>
          at === line ? JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)) : text,
        )
        .join('\n')
    const last = lines.length - 1
    const broken: readonly (readonly [name: string, file: unknown])[] = [
      ['no text', 7],
      ['nothing', ''],
      ['something else', '{"hello":"world"}'],
      ['a newer format', changed(0, (head) => ({ ...head, format: 2 }))],
      ['half a line', file.slice(0, -10)],
      ['a list', [...lines, '[]'].join('\n')],
      ['a record twice', [...lines, lines[last]].join('\n')],
      ['an entry of no export', [...lines, '{"entry":"client","value":"{}"}'].join('\n')],
      ['an id', changed(last, (row) => ({ ...row, id: '' }))],
      ['a scope', changed(last, (row) => ({ ...row, scope: '' }))],
      ['a lane', changed(last, (row) => ({ ...row, lane: 'fast' }))],
      ['an order', changed(last, (row) => ({ ...row, order: 'x' }))],
      ['a document of another id', changed(last, (row) => ({ ...row, document: { id: 'z' } }))],
      ['no sync state', changed(last, (row) => ({ ...row, sync: null }))],
      ['no time', changed(last, (row) => ({ ...row, sync: { version: null, schema: 1 } }))],
    ]
    for (const [name, wrong] of broken) {
      const copy = await open()
      await expect(copy.import(wrong as string), name).rejects.toEqual(code('INVALID_OPTION'))
      expect(await copy.collection('todos').count(), name).toBe(0)
      await copy.close()
    }
    const copy = await open()
    await expect(copy.import(changed(last, (row) => ({ ...row, collection: 'other' })))).rejects.toEqual(
      code('UNKNOWN_COLLECTION'),
    )
    await copy.close()
  })
})

describe('signOut', () => {
  test('refuses while something is unsent, and nothing happens (X3)', async () => {
    const db = await open()
    await db.collection('todos').save({ id: 'a' })
    await expect(db.signOut()).rejects.toEqual(code('UNSENT_CHANGES'))
    await expect(db.signOut({ unsent: 'keep' as never })).rejects.toEqual(code('INVALID_OPTION'))
    expect(await db.collection('todos').get('a')).toEqual({ id: 'a' })
    await db.close()
  })

  test('removes everything and closes (X3)', async () => {
    const storage = memoryStorage()
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const db = await open({ storage, deps, adapter: backend.adapter() })
    await db.collection('todos').save({ id: 'a' })
    await db.sync()
    expect(await db.signOut()).toBeUndefined()
    await expect(db.sync()).rejects.toEqual(code('CLOSED'))
    const again = await open({ storage })
    expect(await again.collection('todos').getAll()).toEqual([])
    await again.close()
    expect(backend.records('default')).toHaveLength(1)
  })

  test('gives back what is unsent, or discards it, where it is told to (X3)', async () => {
    const storage = memoryStorage()
    let db = await open({ storage })
    await db.collection('todos').save({ id: 'a' })
    const file = await db.signOut({ unsent: 'export' })
    db = await open({ storage })
    expect(await db.collection('todos').getAll()).toEqual([])
    await db.import(file!)
    expect((await db.outbox.list()).map(({ id }) => id)).toEqual(['todos/a'])
    await db.signOut({ unsent: 'discard' })
    db = await open({ storage })
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })
})
