import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { or } from './filter.ts'
import type { LiveQuery } from './live-query.ts'
import { Query, type QueryExecutor } from './query.ts'
import { EVERYTHING, type QuerySpec } from './query-spec.ts'

interface Todo {
  id: string
  text: string
  done: boolean
  priority: number
  user: { name: string }
}

const MILK: Todo = { id: '1', text: 'Buy milk', done: false, priority: 1, user: { name: 'Ada' } }

function recorded(): { todos: Query<Todo>; asked: QuerySpec[] } {
  const asked: QuerySpec[] = []
  const executor: QueryExecutor<Todo> = {
    get(spec) {
      asked.push(spec)
      return Promise.resolve(spec.limit === 0 ? [] : [MILK])
    },
    count(spec) {
      asked.push(spec)
      return Promise.resolve(7)
    },
    watch(spec) {
      asked.push(spec)
      return { current: [MILK] } as unknown as LiveQuery<readonly Todo[]>
    },
  }
  return { todos: new Query(executor), asked }
}

const placeOf = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return isSyncError(error, 'INVALID_OPTION') ? error.details['path'] : error
  }
  return 'no error'
}

describe('Query', () => {
  test('collects what is asked, and refining never changes the query refined (Q7)', () => {
    const { todos } = recorded()
    const open = todos.where('done', '==', false)
    const snapshot = structuredClone(open.spec)
    const refined = open
      .where('priority', '>=', 5)
      .where(or(['text', 'contains', 'milk'], ['user.name', 'starts-with', 'A']))
      .orderBy('priority', 'desc')
      .orderBy('user.name')
      .offset(20)
      .limit(10)
    expect(refined.spec).toEqual({
      filter: {
        op: 'and',
        filters: [
          { op: '==', path: ['done'], value: false },
          { op: '>=', path: ['priority'], value: 5 },
          {
            op: 'or',
            filters: [
              { op: 'contains', path: ['text'], value: 'milk' },
              { op: 'starts-with', path: ['user', 'name'], value: 'A' },
            ],
          },
        ],
      },
      orderBy: [
        { path: ['priority'], direction: 'desc' },
        { path: ['user', 'name'], direction: 'asc' },
      ],
      offset: 20,
      limit: 10,
    })
    expect(open.spec).toEqual(snapshot)
    expect(todos.spec).toEqual(EVERYTHING)
  })

  test('takes paths as keys, tuples, fields and conditions without a value (Q7)', () => {
    const { todos } = recorded()
    const filterOf = (query: Query<Todo>): unknown => query.spec.filter
    expect(filterOf(todos.where(['user', 'name'], 'in', ['Ada']))).toEqual({
      op: 'in',
      path: ['user', 'name'],
      value: ['Ada'],
    })
    expect(filterOf(todos.where('text', 'is-null'))).toEqual({ op: 'is-null', path: ['text'] })
    expect(filterOf(todos.where(['done', '==', true]))).toEqual({ op: '==', path: ['done'], value: true })
    expect(filterOf(todos.where({ done: true }))).toEqual({ op: '==', path: ['done'], value: true })
    expect(todos.orderBy(['user', 'name']).spec.orderBy).toEqual([
      { path: ['user', 'name'], direction: 'asc' },
    ])
  })

  test('a value changed later changes no query (Q7)', () => {
    const { todos } = recorded()
    const names = ['Ada']
    const query = todos.where('user.name', 'in', names)
    names.push('Bo')
    expect(query.spec.filter).toMatchObject({ value: ['Ada'] })
  })

  test('has the key of every query that asks the same, and the source of its collection (Q7)', () => {
    const { todos } = recorded()
    const query = todos.where('done', '==', false).where('priority', '>=', 5).orderBy('text').limit(5)
    const same = todos.limit(5).orderBy('text').where('priority', '>=', 5).where({ done: false })
    expect(same.key).toBe(query.key)
    expect(same.source).toBe(query.source)
    const others = [
      query.limit(6),
      query.offset(1),
      query.orderBy('priority'),
      query.where('text', 'is-null'),
      todos.where('done', '==', true).where('priority', '>=', 5).orderBy('text').limit(5),
    ]
    expect(new Set([query, ...others].map(({ key }) => key)).size).toBe(others.length + 1)
    expect(recorded().todos.source).not.toBe(todos.source)
  })

  test('hands its spec to the executor; first asks for one (Q7)', async () => {
    const { todos, asked } = recorded()
    const query = todos.where('done', '==', false).limit(5)
    expect(await query.get()).toEqual([MILK])
    expect(await query.count()).toBe(7)
    expect(query.watch().current).toEqual([MILK])
    expect(await query.first()).toBe(MILK)
    expect(asked).toEqual([query.spec, query.spec, query.spec, { ...query.spec, limit: 1 }])
    expect(await query.limit(0).first()).toBeUndefined()
  })

  test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53, '5', null, undefined])(
    'refuses %j as offset and limit (D12)',
    (count) => {
      const { todos } = recorded()
      expect(placeOf(() => todos.limit(count as number))).toBe('limit')
      expect(placeOf(() => todos.offset(count as number))).toBe('offset')
    },
  )

  test('names the place of a mistake (D12)', () => {
    const untyped = recorded().todos as unknown as Query<Record<string, unknown>>
    expect(placeOf(() => untyped.where('done', '=' as '==', 1))).toBe('where[1]')
    expect(placeOf(() => untyped.where('done', '==', undefined))).toBe('where[2]')
    expect(placeOf(() => untyped.where('done', 'in', 5))).toBe('where[2]')
    expect(placeOf(() => untyped.where('a..b', '==', 5))).toBe('where.path')
    expect(placeOf(() => untyped.where('done', 'is-null', ...([5] as unknown as [])))).toBe('where[2]')
    expect(placeOf(() => (untyped.where as () => unknown).call(untyped))).toBe('where.path')
    expect(placeOf(() => untyped.orderBy('done', 'down' as 'asc'))).toBe('orderBy.direction')
    expect(placeOf(() => untyped.orderBy(''))).toBe('orderBy.path')
  })
})
