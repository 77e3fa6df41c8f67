import type { Filter } from '@synclayer/core/adapter'
import { expect, test } from 'vitest'
import { checkIndexes } from './declared-index.ts'
import { narrow } from './narrowing.ts'

const indexes = checkIndexes(
  { todos: ['userId', ['userId', 'done'], 'list.id'] },
  (option, reason) => new Error(`${option} ${reason}`) as never,
)
const [byUser, byUserAndDone, byList] = indexes.map(({ name }) => name)

const is = (path: readonly string[], value: unknown): Filter => ({ op: '==', path, value: value as never })
const isIn = (path: readonly string[], value: unknown): Filter => ({ op: 'in', path, value: value as never })

/** By which index each walk goes, and what it looks for. */
function walks(filter: Filter): unknown {
  return narrow([{ name: 'todos', filter }], indexes)?.map(({ index, parameters }) => [index, ...parameters])
}

test('an equality walks by its index, and over what the server could not read', () => {
  expect(walks(is(['userId'], 'ada'))).toEqual([
    [byUser, 'ada', 'todos'],
    [byUser, 'todos'],
  ])
  expect(walks(is(['list', 'id'], 7))).toEqual([
    [byList, '7', 'todos'],
    [byList, 'todos'],
  ])
})

test('of several indexes the one with the most fields serves, each combination by a walk', () => {
  const both = { op: 'and', filters: [isIn(['userId'], ['ada', 'bob', 'ada']), is(['done'], false)] } as const
  expect(walks(both)).toEqual([
    [byUserAndDone, 'ada', 'false', 'todos'],
    [byUserAndDone, 'bob', 'false', 'todos'],
    [byUserAndDone, 'todos'],
  ])
})

test('a long text is looked for by its beginning, by characters and not by halves of them', () => {
  const text = `${'x'.repeat(62)}😀😀😀`
  expect(walks(is(['userId'], text))).toMatchObject([
    [byUser, `${'x'.repeat(62)}😀😀`, 'todos'],
    [byUser, 'todos'],
  ])
})

test.each<readonly [string, Filter]>([
  ['null, which missing equals', is(['userId'], null)],
  ['a text that has escapes', is(['userId'], 'a"b')],
  ['a fraction', is(['userId'], 0.5)],
  ['a number beyond the safe ones', is(['userId'], 1e21)],
  ['an object', is(['userId'], { a: 1 })],
  ['a list with one such value', isIn(['userId'], ['a', null])],
  ['an empty list', isIn(['userId'], [])],
  ['a field without an index', is(['title'], 'a')],
  ['another operator', { op: '!=', path: ['userId'], value: 'a' }],
  ['an alternative', { op: 'or', filters: [is(['userId'], 'a'), is(['title'], 'b')] }],
  ['a denial', { op: 'not', filter: is(['userId'], 'a') }],
  [
    'too many values',
    isIn(
      ['userId'],
      Array.from({ length: 40 }, (_, n) => n),
    ),
  ],
])('%s is left to the evaluator', (_what, filter) => {
  expect(walks(filter)).toBeUndefined()
})

test('collections without a filter are walked beside it, all in one', () => {
  const collections = [{ name: 'lists' }, { name: 'todos', filter: is(['userId'], 'ada') }, { name: 'notes' }]
  expect(narrow(collections, indexes)?.map(({ index, parameters }) => [index, ...parameters])).toEqual([
    [byUser, 'ada', 'todos'],
    [byUser, 'todos'],
    ['synclayer_position', ['lists', 'notes']],
  ])
})
