import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { SyncError } from '../errors/sync-error.ts'
import { copyDocument, formatPath } from './check-document.ts'

class Money {
  readonly amount = 1
}

function nested(levels: number): unknown {
  return levels === 1 ? {} : { a: nested(levels - 1) }
}

function refusalOf(value: unknown): SyncError {
  try {
    copyDocument(value)
  } catch (error) {
    return error as SyncError
  }
  throw new Error('It was not refused')
}

const cycle: Record<string, unknown> = { a: { b: [1] } }
;(cycle['a'] as { b: unknown[] }).b.push(cycle['a'])

const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['null', null, '', /null is not a plain object/],
  ['an array', [], '', /an array is not a plain object/],
  ['a string', 'x', '', /a string is not/],
  ['a Date', { at: new Date(0) }, 'at', /toISOString/],
  ['a Map', { a: [new Map()] }, 'a[0]', /Map/],
  ['a Set', { a: new Set() }, 'a', /Set/],
  ['a class instance', { user: { money: new Money() } }, 'user.money', /Money/],
  ['a class instance as the document', new Money(), '', /Money/],
  ['an object that inherits', { a: Object.create({ b: 1 }) as unknown }, 'a', /instance/],
  ['a typed array', { a: new Uint8Array(1) }, 'a', /Uint8Array/],
  ['an array of a subclass', { a: new (class List extends Array {})() }, 'a', /List/],
  ['a boxed string', { a: Object('x') as unknown }, 'a', /String/],
  ['a function', { f: () => 1 }, 'f', /function/],
  ['a symbol', { s: Symbol('x') }, 's', /symbol/],
  ['a symbol as key', { a: { [Symbol('x')]: 1 } }, 'a["Symbol(x)"]', /symbols/],
  ['a BigInt', { n: 1n }, 'n', /BigInt/],
  ['NaN', { n: Number.NaN }, 'n', /NaN/],
  ['Infinity', { list: [1, Infinity] }, 'list[1]', /Infinity/],
  ['-Infinity', { n: -Infinity }, 'n', /-Infinity/],
  ['a cycle', cycle, 'a.b[1]', /contains itself/],
  ['a lone high surrogate', { t: 'a\ud83d' }, 't', /surrogate/],
  ['a lone low surrogate in a long text', { t: `${'x'.repeat(100)}\ude00` }, 't', /surrogate/],
  ['a lone surrogate in a key', { ['a\ud83d']: 1 }, '["a\\ud83d"]', /surrogate/],
  ['U+0000', { t: 'a\0b' }, 't', /U\+0000/],
  ['U+0000 in a long text', { t: `${'x'.repeat(100)}\0` }, 't', /U\+0000/],
  ['U+0000 in a key', { 'a\0': 1 }, '["a\\u0000"]', /U\+0000/],
  ['the key __proto__', JSON.parse('{"a":{"__proto__":{}}}'), 'a.__proto__', /__proto__/],
  ['undefined in an array', { a: [1, undefined] }, 'a[1]', /undefined/],
  // oxlint-disable-next-line no-sparse-arrays -- the very thing that is refused.
  ['a sparse array', { a: [1, , 2] }, 'a[1]', /empty slot/],
  [
    'a getter',
    {
      get a() {
        return 1
      },
    },
    'a',
    /getter/,
  ],
  ['101 levels', nested(101), `a${'.a'.repeat(99)}`, /100 levels/],
]

describe('copyDocument', () => {
  test.each(refused)('refuses %s with the path and what to do (D1)', (_name, value, path, reason) => {
    const error = refusalOf(value)
    expect(error.code).toBe('INVALID_DOCUMENT')
    expect(error.details['path']).toBe(path)
    expect(error.details['reason']).toMatch(reason)
    expect(error.message).toContain(String(error.details['reason']))
  })

  test('takes 100 levels, and objects used twice without a cycle (D1)', () => {
    expect(copyDocument(nested(100))).toEqual(nested(100))
    const shared = { x: 1 }
    expect(copyDocument({ a: shared, b: [shared, shared] })).toEqual({ a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] })
  })

  test('counts levels, not members: wide is not deep, and paths name the right one of many (D1)', () => {
    const wide = {
      objects: Array.from({ length: 150 }, () => ({ a: {} })),
      arrays: Array.from({ length: 150 }, () => [[]]),
    }
    expect(copyDocument(wide)).toEqual(wide)
    expect(refusalOf({ ...wide, last: { bad: 1n } }).details['path']).toBe('last.bad')
  })

  test('takes fewer levels where told so (D1)', () => {
    expect(() => copyDocument({ a: { b: {} } }, { maxLevels: 2 })).toThrow('2 levels')
    expect(copyDocument({ a: { b: 1 } }, { maxLevels: 2 })).toEqual({ a: { b: 1 } })
  })

  test('drops undefined properties and makes -0 into 0 (D2)', () => {
    const copy = copyDocument({ a: undefined, b: -0, c: [-0, { d: undefined }] })
    expect(Object.keys(copy)).toEqual(['b', 'c'])
    expect(Object.is(copy['b'], 0)).toBe(true)
    expect(JSON.stringify(copy)).toBe('{"b":0,"c":[0,{}]}')
  })

  test('keeps everything JSON can hold as it is (D2)', () => {
    const text = '{"":"","/":1e+308,"~":5e-324,"constructor":null,"é😀":[true,false,[],{}],"toString":"x"}'
    expect(JSON.stringify(copyDocument(JSON.parse(text)))).toBe(text)
  })

  test('makes an own copy: changing the original later changes nothing (D2)', () => {
    const original = { list: [{ n: 1 }], user: { name: 'Ada' } }
    const copy = copyDocument(original)
    original.list[0]!.n = 2
    original.user.name = 'Bob'
    expect(copy).toEqual({ list: [{ n: 1 }], user: { name: 'Ada' } })
  })

  test('takes plain objects of any making: without a prototype, of another realm, behind a proxy (D2)', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    const copy = copyDocument(bare)
    expect(copy).toEqual({ a: 1 })
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(copyDocument(runInNewContext('({ a: [1, { b: 2 }] })'))).toEqual({ a: [1, { b: 2 }] })
    expect(copyDocument(new Proxy({ a: new Proxy({ b: 1 }, {}) }, {}))).toEqual({ a: { b: 1 } })
    expect(() => copyDocument(runInNewContext('new Map()'))).toThrow('Map')
  })

  test('passes over what does not enumerate, as JSON does (D2)', () => {
    const value = Object.defineProperty({ a: 1 }, 'hidden', { value: () => 1, enumerable: false })
    Object.defineProperty(value, Symbol('hidden'), { value: 1, enumerable: false })
    expect(copyDocument(value)).toEqual({ a: 1 })
  })
})

describe('formatPath', () => {
  test('brackets what is no plain name', () => {
    expect(formatPath([])).toBe('')
    expect(formatPath(['a', 0, 'b-c', 'd e', ''])).toBe('a[0].b-c["d e"][""]')
  })
})
