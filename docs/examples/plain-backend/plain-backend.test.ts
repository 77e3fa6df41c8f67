/** Two clients of a plain backend, over HTTP: what they see of each other, and what a lost answer does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer } from '@synclayer/core'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPlainBackend } from './plain-backend.ts'

let folder: string
let server: Server
let url: string
let closing: (() => Promise<void>)[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'synclayer-plain-'))
  server = createPlainBackend({ path: join(folder, 'backend.db'), collections: ['todos', 'lists'] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  closing = []
})

afterEach(async () => {
  for (const close of closing) await close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  rmSync(folder, { recursive: true })
})

async function client(fetch: typeof globalThis.fetch = globalThis.fetch) {
  const db = await createSyncLayer({
    adapter: restAdapter({ url, dialect: 'simple', fetch }),
    collections: ['todos', 'lists'],
    sync: { auto: false },
    logger: 'off',
  })
  closing.push(() => db.close())
  return db
}

type Client = Awaited<ReturnType<typeof client>>

async function todosOf(db: Client) {
  const todos = await db.collection('todos').getAll()
  return todos.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

describe('a plain backend', () => {
  test('carries what one saves to the other, in every collection', async () => {
    const [ada, ben] = [await client(), await client()]
    await ada.collection('todos').save({ id: 'a', text: 'Buy milk' })
    await ada.collection('lists').save({ id: 'l', title: 'Home' })
    expect(await ada.sync()).toMatchObject({ pushed: 2, parked: 0 })
    await ben.sync()
    expect(await todosOf(ben)).toEqual([{ id: 'a', text: 'Buy milk' }])
    expect(await ben.collection('lists').get('l')).toEqual({ id: 'l', title: 'Home' })
  })

  test('merges what both edited offline, and both end with the same', async () => {
    const [ada, ben] = [await client(), await client()]
    await ada.collection('todos').save({ id: 'a', text: 'Milk', done: false })
    await ada.sync()
    await ben.sync()
    await ada.collection('todos').update('a', { text: 'Oat milk' })
    await ben.collection('todos').update('a', { done: true })
    const conflicts: unknown[] = []
    ben.on('conflict', ({ id }) => conflicts.push(id))
    await ada.sync()
    await ben.sync()
    await ada.sync()
    const merged = [{ id: 'a', text: 'Oat milk', done: true }]
    expect([await todosOf(ada), await todosOf(ben), conflicts]).toEqual([merged, merged, ['a']])
    expect([ada.status.pending, ben.status.pending]).toEqual([0, 0])
  })

  test('tells of deletes, and what was deleted can be created anew', async () => {
    const [ada, ben] = [await client(), await client()]
    await ada.collection('todos').saveAll([{ id: 'a' }, { id: 'b' }])
    await ada.sync()
    await ben.sync()
    await ben.collection('todos').delete('a')
    await ben.sync()
    await ada.sync()
    expect(await todosOf(ada)).toEqual([{ id: 'b' }])
    await ada.collection('todos').save({ id: 'a', again: true })
    await ada.sync()
    await ben.sync()
    expect(await todosOf(ben)).toEqual([{ id: 'a', again: true }, { id: 'b' }])
  })

  test('is sent the same again where its answer was lost, and applies it once', async () => {
    let lose = true
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (init?.method !== 'POST' || !lose) return response
      await response.arrayBuffer()
      lose = false
      throw new TypeError('The connection broke')
    }
    const [ada, ben] = [await client(losing), await client()]
    await ada.collection('todos').save({ id: 'a', count: 1 })
    const conflicts: unknown[] = []
    ada.on('conflict', ({ id }) => conflicts.push(id))
    await expect(ada.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    await ada.sync()
    await ben.sync()
    expect([await todosOf(ben), conflicts, ada.status.pending]).toEqual([[{ id: 'a', count: 1 }], [], 0])
    const [row] = (await (await fetch(`${url}/sync/todos`)).json()) as readonly { readonly version: number }[]
    expect(row?.version).toBe(1)
  })

  test('gives a new client more than its pages hold, also of one moment', async () => {
    const many = Array.from({ length: 1_203 }, (_, n) => ({ id: `todo-${String(n).padStart(4, '0')}`, n }))
    const db = new Database(join(folder, 'backend.db'))
    const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?, 1, 1, ?, NULL)')
    db.transaction(() => {
      for (const todo of many) {
        const at = todo.n < 300 ? '2026-01-01T00:00:00.000Z' : '2026-01-02T00:00:00.000Z'
        insert.run('todos', todo.id, JSON.stringify(todo), todo.n < 800 ? at : new Date(todo.n).toISOString())
      }
    })()
    db.close()
    const ben = await client()
    await ben.sync()
    expect(await todosOf(ben)).toEqual(many)
  })

  test('parks what it refuses and goes on with the rest', async () => {
    const refusing: typeof fetch = async (input, init) => {
      if (typeof init?.body === 'string' || !(init?.body instanceof Uint8Array)) return fetch(input, init)
      const isBad = new TextDecoder().decode(init.body).includes('forbidden')
      if (!isBad) return fetch(input, init)
      return new Response(JSON.stringify({ error: 'Mind your words' }), { status: 422 })
    }
    const ada = await client(refusing)
    await ada.collection('todos').saveAll([
      { id: 'bad', text: 'forbidden' },
      { id: 'good', text: 'fine' },
    ])
    expect(await ada.sync()).toMatchObject({ pushed: 1, parked: 1 })
    const [parked] = await ada.outbox.list()
    expect(parked).toMatchObject({ id: 'todos/bad', code: 'CONSTRAINT' })
  })

  test('is shown whole on the page about it', () => {
    const page = readFileSync(new URL('../../how-to/use-a-plain-backend.md', import.meta.url), 'utf8')
    const code = readFileSync(new URL('plain-backend.ts', import.meta.url), 'utf8')
    expect(page.includes(`\`\`\`ts\n${code}\`\`\`\n`), 'the page shows plain-backend.ts as it is').toBe(true)
  })
})
