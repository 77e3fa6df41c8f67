import type { BackendAdapter, Filter, Json, Mutation } from '@synclayer/core/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { context, outcomes, put } from '../calls.ts'
import type { Family } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000
/** Thousands of pages, of which a machine at rest takes some seconds. */
const MANY_PAGES_TIMEOUT_MS = 240_000
const RECORDS = 300
const FILTERS = 120

/** Indexes for filters, which must never hide anything, and views for people. */
export function queryTests(family: Family): void {
  describe('indexes and views', { timeout: TIMEOUT_MS }, () => {
    let lab: Lab
    let plain: BackendAdapter
    let indexed: BackendAdapter
    beforeAll(async () => {
      lab = await createLab(family.url)
      plain = family.adapter({ url: lab.url })
      await plain.open(context())
    }, TIMEOUT_MS)
    afterAll(async () => {
      await plain.close()
      await indexed.close()
      await lab.close()
    }, TIMEOUT_MS)

    test('declared on tables with rows, and again by others, they are made once', async () => {
      expect(await outcomes(plain, put(0, { userId: 'ada' }))).toEqual(['accepted'])
      const options = {
        url: lab.url,
        indexes: { todos: ['userId', ['userId', 'list.id'], 'done'] },
        views: { todos: { title: 'text', done: 'boolean', n: 'integer', weight: 'double', list: 'json' } },
      } as const
      const all = [1, 2, 3].map(() => family.adapter(options))
      await Promise.all(all.map((adapter) => adapter.open(context())))
      indexed = all[0]!
      await Promise.all(all.slice(1).map((adapter) => adapter.close()))
      const keys = await lab.sql(
        `SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS
         WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME LIKE 'xi\\_%'`,
      )
      expect(keys).toHaveLength(3)
    })

    test(
      'snapshots by an index hold what snapshots without one hold (A7)',
      { timeout: MANY_PAGES_TIMEOUT_MS },
      async () => {
        const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
        const random = generator(seed)
        const mutations = Array.from({ length: RECORDS }, (_, n): Mutation =>
          put(n + 1, randomFields(random)),
        )
        expect(new Set(await outcomes(indexed, ...mutations))).toEqual(new Set(['accepted']))
        for (let n = 0; n < FILTERS; n++) {
          const filter = randomFilter(random)
          const limit = 1 + random(50)
          const [found, expected] = await Promise.all([
            idsOf(indexed, filter, limit),
            idsOf(plain, filter, 1_000),
          ])
          expect(found, `seed ${seed}: ${JSON.stringify(filter)}`).toEqual(expected)
        }
      },
    )

    test('a view has a column of its type for each field, and null where a value is of another', async () => {
      const fields = [
        { title: 'Milk', done: true, n: 7, weight: 0.5, list: { id: 1 } },
        { title: 5, done: 'yes', n: 1.5, weight: 'heavy', list: [1] },
        { title: null, n: 1e21, weight: 1e21 },
      ]
      const puts = fields.map((data, index) => put(1_000 + index, data))
      expect(await outcomes(indexed, ...puts)).toEqual(['accepted', 'accepted', 'accepted'])
      const rows = await lab.sql(
        `SELECT id, title, done, n, weight, list IS NULL AS none FROM synclayer_view_todos
         WHERE scope = 'default' AND id LIKE 'r100_' ORDER BY id`,
      )
      expect(rows).toEqual([
        { id: 'r1000', title: 'Milk', done: 1, n: 7, weight: 0.5, none: 0 },
        { id: 'r1001', title: '5', done: null, n: null, weight: null, none: 0 },
        { id: 'r1002', title: null, done: null, n: null, weight: 1e21, none: 1 },
      ])
    })
  })
}

async function idsOf(adapter: BackendAdapter, filter: Filter, limit: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let cursor: string | null = null; ;) {
    const request = {
      scope: 'default',
      collections: [{ name: 'todos', filter }, { name: 'lists' }],
      cursor,
      limit,
    }
    const page = await adapter.pull(request, new AbortController().signal)
    for (const change of page.changes) if (change.kind === 'put') ids.push(change.id)
    if (!page.hasMore) return ids
    cursor = page.cursor
  }
}

type Random = (below: number) => number

function generator(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const LONG = 'y'.repeat(70)
const VALUES: readonly Json[] = [
  'ada',
  'Ada',
  'ada ',
  '',
  'null',
  'true',
  '5',
  'a"b',
  'a\\b',
  'ä',
  'a\u0308',
  '😀',
  LONG,
  `${LONG}z`,
  '\u0001',
  5,
  -0,
  0,
  0.5,
  1e21,
  2 ** 53,
  true,
  false,
  null,
  { id: 'ada' },
  ['ada'],
  [],
]

function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)]!
}

function randomFields(random: Random): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const name of ['userId', 'done', 'title']) if (random(5) > 0) fields[name] = oneOf(random, VALUES)
  if (random(3) > 0) fields['list'] = random(2) === 0 ? { id: oneOf(random, VALUES) } : oneOf(random, VALUES)
  // Deeper than MariaDB's functions go.
  if (random(6) === 0) fields['deep'] = Array.from({ length: 60 }).reduce<unknown>((inner) => [inner], 1)
  return fields
}

function randomFilter(random: Random): Filter {
  const condition = (): Filter => {
    const path = oneOf(random, [['userId'], ['done'], ['list', 'id'], ['title']])
    if (random(2) === 0) return { op: '==', path, value: oneOf(random, VALUES) }
    return { op: 'in', path, value: Array.from({ length: random(4) }, () => oneOf(random, VALUES)) }
  }
  const kind = random(4)
  if (kind === 0) return condition()
  const filters = Array.from({ length: 1 + random(3) }, condition)
  return { op: kind === 1 ? 'or' : 'and', filters }
}
