import { describe, expect, test } from 'vitest'
import { checkPullResponse } from '@synclayer/core/adapter'
import {
  json,
  NOW,
  openPlain,
  type PlainRecord,
  pullAll,
  pullOf,
  records,
} from '../testing/fake-plain-backend.ts'

function idsOf(list: readonly PlainRecord[]): readonly string[] {
  return list.map(({ recordId }) => recordId).toSorted()
}

function changed(list: readonly PlainRecord[], index: number, updatedAt: string): PlainRecord {
  return { ...list[index]!, version: 2, updatedAt }
}

describe('pull, by time', () => {
  test.each<[string, Parameters<typeof openPlain>[0]]>([
    ['that keeps to the dialect', { stored: { todos: records(57, 1_000) } }],
    ['with times close together', { stored: { todos: records(57, 7) } }],
    ['whose records all have one time', { stored: { todos: records(57, 0) } }],
    ['that gives what is later only', { stored: { todos: records(57, 0) }, isStrict: true }],
    ['that gives fewer than asked for', { stored: { todos: records(57, 1_000) }, cap: 4 }],
    ['that gives fewer than asked for, with ties', { stored: { todos: records(57, 400) }, cap: 7 }],
    ['that ignores limit', { stored: { todos: records(57, 1_000) }, ignoresLimit: true }],
    ['that ignores since', { stored: { todos: records(57, 1_000) }, ignoresSince: true }],
    ['that ignores both', { stored: { todos: records(57, 1_000) }, ignoresSince: true, ignoresLimit: true }],
    ['that gives the newest first', { stored: { todos: records(57, 5_000) }, order: 'falling' }],
    [
      'that sorts by something else',
      {
        stored: { todos: records(57, 5_000).toSorted((a, b) => (hash(a) < hash(b) ? -1 : 1)) },
        order: 'stored',
      },
    ],
  ])('reads all of a backend %s, and later what is new', async (_, habits) => {
    const { adapter } = await openPlain(habits)
    const { todos } = habits.stored
    const all = await pullAll(adapter)
    expect(all.ids).toEqual(idsOf(todos!))
    const late = '2026-01-01T01:00:00.000Z'
    todos!.push({ recordId: 'new', data: {}, version: 1, updatedAt: late })
    todos![5] = changed(todos!, 5, late)
    const news = await pullAll(adapter, { cursor: all.cursor })
    expect(news.latest.get('new')).toBe('1')
    expect(news.latest.get(todos![5].recordId)).toBe('2')
  })

  test('sees what was committed late, within two minutes, below the largest time seen', async () => {
    const stored = { todos: records(30, 10_000) }
    const { adapter } = await openPlain({ stored })
    const { cursor } = await pullAll(adapter)
    const top = Date.UTC(2026, 0, 1) + 29 * 10_000
    stored.todos.push({ recordId: 'late', data: {}, updatedAt: new Date(top - 119_000).toISOString() })
    stored.todos.push({ recordId: 'too late', data: {}, updatedAt: new Date(top - 121_000).toISOString() })
    const { ids } = await pullAll(adapter, { cursor })
    expect(ids).toContain('late')
    expect(ids).not.toContain('too late')
  })

  test('rests where nothing is new: the cursor stays, and two requests are enough', async () => {
    const { adapter, asked } = await openPlain({ stored: { todos: records(30, 60_000) } })
    const { cursor } = await pullAll(adapter)
    const before = asked.length
    const again = await pullAll(adapter, { cursor })
    expect([again.cursor, again.pages, asked.length - before]).toEqual([cursor, 1, 2])
  })

  test('is not led astray by one record from the future', async () => {
    const stored = {
      todos: [...records(3, 1_000), { recordId: 'f', data: {}, updatedAt: '2999-01-01T00:00:00Z' }],
    }
    const { adapter } = await openPlain({ stored })
    const { cursor } = await pullAll(adapter)
    stored.todos.push({ recordId: 'new', data: {}, updatedAt: new Date(NOW).toISOString() })
    expect((await pullAll(adapter, { cursor })).ids).toContain('new')
  })

  test('reads times in any zone and finer than milliseconds', async () => {
    const stored = {
      todos: [
        { recordId: 'a', data: {}, updatedAt: '2026-01-01T02:00:00.123456+02:00' },
        { recordId: 'b', data: {}, updatedAt: '2026-01-01T00:00:01.000001Z' },
      ],
    }
    const { adapter, asked } = await openPlain({ stored, ignoresSince: true })
    const { ids } = await pullAll(adapter)
    expect(ids).toEqual(['a', 'b'])
    expect(asked[1]!.searchParams.get('since')).toBe('2026-01-01T00:00:00.000Z')
  })

  test('warns where ties do not fit into a page, and reads what comes after them', async () => {
    const ties = records(9, 0)
    const after = records(3, 1_000, Date.UTC(2026, 0, 2)).map((one, n) => ({ ...one, recordId: `after${n}` }))
    const { adapter, logged } = await openPlain({ stored: { todos: [...ties, ...after] }, cap: 4 })
    const { ids } = await pullAll(adapter)
    expect(ids).toEqual(expect.arrayContaining(['after0', 'after1', 'after2']))
    expect(logged.filter(({ level }) => level === 'warning')).toHaveLength(1)
  })

  test('ends with a backend that gives every record a new time with every answer', async () => {
    let ms = Date.UTC(2026, 0, 1)
    const answer = (url: URL): Response => {
      const limit = Number(url.searchParams.get('limit'))
      const list = records(40, 0).map((one) => ({ ...one, updatedAt: new Date((ms += 5)).toISOString() }))
      return json(list.slice(0, limit))
    }
    const { adapter } = await openPlain({ stored: { todos: [] }, answer })
    expect((await pullAll(adapter)).ids).toHaveLength(40)
  })

  test('reads what changes while it is read', async () => {
    const todos = records(25, 1_000)
    const change = (_: URL, count: number): undefined => {
      if (count > 3) return
      todos[count] = changed(todos, count, new Date(Date.UTC(2026, 0, 1) + 25_000 + count).toISOString())
    }
    const { adapter } = await openPlain({ stored: { todos }, answer: change })
    const { latest } = await pullAll(adapter)
    const expected = todos.map(({ recordId, version }): [string, string] => [recordId, String(version)])
    expect(latest).toEqual(new Map(expected))
  })
})

describe('pull, by cursor', () => {
  function counting(list: readonly PlainRecord[], more: boolean) {
    return (url: URL): Response => {
      const from = Number(url.searchParams.get('since') ?? 0)
      const to = Math.min(from + Number(url.searchParams.get('limit')), list.length)
      return json({
        records: list.slice(from, to),
        cursor: to,
        ...(more ? { hasMore: to < list.length } : {}),
      })
    }
  }

  test.each([true, false])('goes on from it, with hasMore told (%s)', async (more) => {
    const list = records(35, 0)
    const { adapter, asked } = await openPlain({ stored: { todos: [] }, answer: counting(list, more) })
    const { ids, cursor, pages } = await pullAll(adapter)
    expect([ids, pages]).toEqual([idsOf(list), 4])
    expect(asked.map((url) => url.searchParams.get('since'))).toEqual(
      more ? [null, '10', '20', '30'] : [null, '10', '20', '30', '35'],
    )
    list.push({ recordId: 'new', data: {}, updatedAt: '1999-01-01T00:00:00Z' })
    expect((await pullAll(adapter, { cursor })).ids).toEqual(['new'])
  })

  test('that does not move is an error where there is more, and the end where that is not said', async () => {
    const page = { records: records(3, 1_000), cursor: 'here' }
    const lying = await openPlain({ stored: { todos: [] }, answer: () => json({ ...page, hasMore: true }) })
    await expect(pullAll(lying.adapter)).rejects.toMatchObject({ code: 'PROTOCOL' })
    const silent = await openPlain({ stored: { todos: [] }, answer: () => json(page) })
    expect((await pullAll(silent.adapter)).ids).toHaveLength(3)
  })

  test('that moves for ever with nothing new is not followed for ever', async () => {
    const answer = (_: URL, count: number): Response =>
      json({ records: records(3, 1_000), cursor: String(count), hasMore: true })
    const { adapter, asked, logged } = await openPlain({ stored: { todos: [] }, answer })
    expect((await pullAll(adapter)).ids).toHaveLength(3)
    expect(asked.length).toBeLessThan(150)
    expect(logged).toMatchObject([{ level: 'warning' }])
  })
})

describe('pull', () => {
  test('gives what cannot be read to the engine, which sets it aside by its name', async () => {
    const stored = {
      todos: [
        { recordId: 'zoneless', data: {}, version: 1, updatedAt: '2026-01-01T00:00:00' },
        { recordId: 'timeless', data: {}, version: 1, updatedAt: 17 },
        { recordId: 'bodiless', version: 1, updatedAt: '2026-01-01T00:00:00Z' },
        { recordId: 'unnamed', data: { id: 'other' }, version: 1, updatedAt: '2026-01-01T00:00:01Z' },
        { recordId: 'versionless', data: {}, version: {}, updatedAt: '2026-01-01T00:00:02Z' },
        { recordId: 'half', data: {}, version: 1, deleted: 'no', updatedAt: '2026-01-01T00:00:03Z' },
        null as unknown as PlainRecord,
        { recordId: 'good', data: {}, version: 1, updatedAt: '2026-01-01T00:00:04Z' },
        { recordId: 'gone', data: null, version: 1, deleted: 1, updatedAt: '2026-01-01T00:00:05Z' },
      ],
    }
    const { adapter } = await openPlain({
      stored,
      answer: (_, count) => json(count === 1 ? stored.todos : []),
    })
    const page = await adapter.pull(pullOf(null, 100), AbortSignal.timeout(5_000))
    const { response, unreadable } = checkPullResponse(page)
    expect(response.changes).toMatchObject([
      { kind: 'put', id: 'good', data: { id: 'good' } },
      { kind: 'delete', id: 'gone', deleted: true },
    ])
    const names = ['zoneless', 'timeless', 'bodiless', 'unnamed', 'versionless', 'half', undefined]
    expect(unreadable.map(({ id }) => id)).toEqual(names)
  })

  test('takes updatedAt for the version where there is none', async () => {
    const stored = { todos: [{ recordId: 'a', data: {}, updatedAt: '2026-01-01T00:00:00Z' }] }
    const { latest } = await pullAll((await openPlain({ stored })).adapter)
    expect(latest.get('a')).toBe('"2026-01-01T00:00:00Z"')
  })

  test('of a collection that fails does not hold up the others, and is told of in the end', async () => {
    let isBroken = true
    const stored: Record<string, PlainRecord[]> = { lists: records(2, 1_000), todos: records(25, 1_000) }
    const { adapter } = await openPlain({
      stored,
      answer: ({ pathname }) => (isBroken && pathname === '/sync/lists' ? json({}, 500) : undefined),
    })
    const names = ['lists', 'todos']
    const collections = names.map((name) => ({ name }))
    const seen = new Set<string>()
    let cursor: string | null = null
    const round = async (): Promise<unknown> => {
      for (;;) {
        try {
          const page = await adapter.pull(
            { scope: 'default', collections, cursor, limit: 10 },
            AbortSignal.timeout(5_000),
          )
          for (const { collection, id } of page.changes) seen.add(`${collection}/${id}`)
          cursor = page.cursor
          if (!page.hasMore) return 'done'
        } catch (error) {
          return (error as { readonly code: string }).code
        }
      }
    }
    expect([await round(), seen.size]).toEqual(['BACKEND_FAILED', 25])
    stored['todos']!.push({ recordId: 'new', data: {}, updatedAt: '2026-01-01T00:00:30Z' })
    expect([await round(), seen.has('todos/new')]).toEqual(['BACKEND_FAILED', true])
    isBroken = false
    expect([await round(), seen.size]).toEqual(['done', 28])
  })

  test.each([
    [404, 'NETWORK'],
    [410, 'CURSOR_EXPIRED'],
    [500, 'BACKEND_FAILED'],
    [429, 'RATE_LIMITED'],
  ])('answered with %i is %s', async (status, code) => {
    const { adapter } = await openPlain({ stored: {}, answer: () => json({}, status) })
    await expect(pullAll(adapter)).rejects.toMatchObject({ code })
  })

  test.each([{}, 'text', { records: {} }, null])('answered with %j is no page', async (body) => {
    const { adapter } = await openPlain({ stored: {}, answer: () => json(body) })
    await expect(pullAll(adapter)).rejects.toMatchObject({ code: 'NETWORK' })
  })

  test('with the cursor of another kind of backend begins anew', async () => {
    const { adapter } = await openPlain({ stored: { todos: [] } })
    await expect(pullAll(adapter, { cursor: '1.2.3' })).rejects.toMatchObject({ code: 'EPOCH_CHANGED' })
  })

  test('with a limit of 0 asks nothing, and what follows is everything', async () => {
    const { adapter, asked } = await openPlain({ stored: { todos: records(3, 1_000) } })
    const head = await pullAll(adapter, { limit: 0 })
    expect([head.ids, asked]).toEqual([[], []])
    expect((await pullAll(adapter, { cursor: head.cursor })).ids).toHaveLength(3)
  })

  test('names its scope, and nothing in an address is unescaped', async () => {
    const { adapter, asked } = await openPlain({ stored: { todos: [] } })
    const request = { scope: 'a&since=x/..?#', collections: [{ name: 'todos' }], cursor: null, limit: 1 }
    await adapter.pull(request, AbortSignal.timeout(5_000))
    expect(asked.map(({ pathname, searchParams }) => [pathname, [...searchParams]])).toEqual([
      [
        '/sync/todos',
        [
          ['scope', 'a&since=x/..?#'],
          ['limit', '1'],
        ],
      ],
    ])
  })
})

/** An order that has nothing to do with time. */
function hash({ recordId }: PlainRecord): number {
  return (Number(recordId.slice(1)) * 7_919) % 57
}
