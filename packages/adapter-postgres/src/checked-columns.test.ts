import { prepareMutation, unitsOf } from '@synclayer/adapter-kit'
import type { Mutation } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { areDistinct, type CheckedUnits, joinColumns, toColumns } from './checked-columns.ts'
import { put, TIME } from './testing/push-and-pull.ts'

const of = (client: string, ...mutations: readonly Mutation[]): CheckedUnits =>
  toColumns(unitsOf(mutations.map((mutation) => prepareMutation(mutation, client, Date.now(), 1_000))))

describe('joinColumns', () => {
  test('gives a line of each column for each mutation, whatever is in its texts', () => {
    const note = put(1, { note: 'two\nlines' })
    const patch = { ...put(2), kind: 'patch', base: 'v', patch: { set: { '/a\n': 1 } } } as const
    const removal = { ...put(3), kind: 'delete', base: 'w' } as const
    const [patched, removed] = [patch, removal].map(({ data: _data, ...mutation }) => mutation as Mutation)
    expect(joinColumns([of('c', note, patched!, removed!)])).toEqual([
      '1\n1\n1',
      '\n\n',
      '1\n2\n3',
      'todos\ntodos\ntodos',
      'r1\nr2\nr3',
      'put\npatch\ndelete',
      '\nv\nw',
      `${TIME}\n${TIME}\n${TIME}`,
      '1\n1\n1',
      '{"note":"two\\nlines","id":"r1"}\n{"set":{"/a\\n":1}}\n',
    ])
  })

  test('tells requests apart, and their groups, by places', () => {
    const group = [put(2), put(3)].map((mutation) => ({ ...mutation, group: 'g' }))
    const requests = [
      of('c', put(1), ...group),
      of('d'),
      of('e', ...group.map(({ id, ...rest }) => ({ ...rest, id: id.replace('c', 'e') }))),
    ]
    const [places, groups, numbers] = joinColumns(requests)
    expect(places).toBe('1\n1\n1\n3\n3')
    expect(groups).toBe('\n2\n2\n4\n4')
    expect(numbers).toBe('1\n2\n3\n2\n3')
  })
})

describe('areDistinct', () => {
  test('is false where a record, or an id, comes twice', () => {
    expect(areDistinct([of('c', put(1)), of('d', put(2, {}, 'd'))])).toBe(true)
    expect(areDistinct([of('c', put(1)), of('d', put(1, {}, 'd'))])).toBe(false)
    expect(areDistinct([of('c', put(1)), of('c', { ...put(2), id: 'c.1' })])).toBe(false)
    expect(areDistinct([of('c', put(1)), of('c', { ...put(2), recordId: 'r1', data: { id: 'r1' } })])).toBe(
      false,
    )
  })
})
