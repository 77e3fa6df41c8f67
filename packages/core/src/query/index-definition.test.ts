import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { compileIndexKeys, parseIndex, parseIndexes } from './index-definition.ts'
import { compoundIndexKey, indexKey } from './index-key.ts'

describe('parseIndex', () => {
  test('reads paths, several components and keys with dots (D12)', () => {
    expect(parseIndex('done')).toEqual({ name: 'done', paths: [['done']] })
    expect(parseIndex('user.name')).toEqual({ name: 'user.name', paths: [['user', 'name']] })
    expect(parseIndex(['userId', 'user.name'])).toEqual({
      name: 'userId,user.name',
      paths: [['userId'], ['user', 'name']],
    })
    expect(parseIndex([['a.b', 'c,d'], 'e'])).toEqual({
      name: 'a\\.b.c\\,d,e',
      paths: [['a.b', 'c,d'], ['e']],
    })
  })

  test('names different indexes differently (Q6)', () => {
    const declared = [
      'a.b',
      [['a.b']],
      ['a', 'b'],
      ['b', 'a'],
      [['a,b']],
      [['a\\', 'b']],
      [['a\\.b']],
      [['a', '', 'b']],
    ]
    expect(new Set(declared.map((one) => parseIndex(one).name)).size).toBe(declared.length)
    expect(parseIndexes(['done', ['done'], 'a.b', [['a', 'b']]]).map(({ name }) => name)).toEqual([
      'done',
      'a.b',
    ])
  })

  test.each([
    [[], 'indexes[0]'],
    ['', 'indexes[0]'],
    [5, 'indexes[0]'],
    [['a', 5], 'indexes[0][1]'],
    // A hole, which is written as null.
    [Object.assign(['a'], { length: 2 }), 'indexes[0][1]'],
    [['a', 'b', 'a'], 'indexes[0][2]'],
    [[[]], 'indexes[0][0]'],
  ])('refuses %j and names the place (D12)', (declared, place) => {
    let refused: unknown
    try {
      parseIndexes([declared])
    } catch (error) {
      refused = error
    }
    expect(isSyncError(refused, 'INVALID_OPTION') && refused.details['path']).toBe(place)
  })
})

describe('compileIndexKeys', () => {
  test('makes one key for each index, with null for what is missing (Q1, Q5)', () => {
    const keysOf = compileIndexKeys(parseIndexes(['user.name', ['done', 'missing']]))
    expect(keysOf({ id: '1', user: { name: 'Ada' }, done: true })).toEqual([
      indexKey('Ada'),
      compoundIndexKey([true, null]),
    ])
    expect(keysOf({ id: '2', user: [] })).toEqual([indexKey(null), compoundIndexKey([null, null])])
  })
})
