import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { compareBytes } from '../shared/compare-bytes.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json } from '../shared/json.ts'
import { compoundIndexKey, idKey, indexKey, stringPrefixKey } from './index-key.ts'
import { compareJson } from './order.ts'

// Many runs on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 })

const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '\u0001',
    '\u0002',
    'a',
    'a\u0001',
    'aa',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
    '\ud7ff',
  ),
  fc.constantFrom('\ue000', '\uff21', '\uffff', '😀', '😁', '\u{10ffff}', '\0', 'a\0', 'a\0b', '\0\u0001'),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', '\uff21', '😀'), maxLength: 5 }),
)
const hostileNumber = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, -(2 ** 53), -(2 ** 53) - 2, 0.1, 255, 256),
  fc.constantFrom(Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 31, 2 ** 32),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)
const hostileJson = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<Json>(null, false, true),
    hostileNumber,
    hostileText,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(hostileText, tie('json'), { maxKeys: 3 }),
  ),
})).json

/** Two values that are often alike, so that ties and near misses occur. */
const pair = fc.oneof(
  fc.tuple(hostileJson, hostileJson),
  hostileJson.map((value) => [value, structuredClone(value)] as const),
  fc.tuple(fc.array(hostileNumber, { maxLength: 3 }), fc.array(hostileNumber, { maxLength: 3 })),
  fc.tuple(hostileText, hostileText),
)

describe('compareJson', () => {
  test('is a total order whose ties are exactly the deep-equal values (Q3, Q4)', () => {
    fc.assert(
      fc.property(pair, hostileJson, ([a, b], c) => {
        expect(Math.sign(compareJson(a, b)) + Math.sign(compareJson(b, a))).toBe(0)
        expect(compareJson(a, b) === 0).toBe(deepEqual(a, b))
        const rising = compareJson(a, b) <= 0 && compareJson(b, c) <= 0
        expect(rising && compareJson(a, c) > 0).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('indexKey', () => {
  test('sorts byte by byte exactly as the values do, and is equal exactly for equal values (Q5)', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(Math.sign(compareBytes(indexKey(a), indexKey(b)))).toBe(Math.sign(compareJson(a, b)))
      }),
      { numRuns: 3000 },
    )
  })

  test('is never the beginning of another key, so compound keys sort by their parts (Q5)', () => {
    fc.assert(
      fc.property(pair, pair, ([a1, b1], [a2, b2]) => {
        const order = Math.sign(compareJson(a1, b1) || compareJson(a2, b2))
        expect(Math.sign(compareBytes(compoundIndexKey([a1, a2]), compoundIndexKey([b1, b2])))).toBe(order)
        const parts = Buffer.concat([indexKey(a1), indexKey(a2)])
        expect(Buffer.compare(parts, compoundIndexKey([a1, a2]))).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  test('takes missing for null and -0 for 0 (Q1, Q5)', () => {
    expect(indexKey(undefined)).toEqual(indexKey(null))
    expect(indexKey(-0)).toEqual(indexKey(0))
    expect(indexKey({ a: [-0] })).toEqual(indexKey({ a: [0] }))
  })

  test('does not depend on the order of keys (Q5)', () => {
    expect(indexKey({ a: 1, b: { d: 1, c: 2 } })).toEqual(indexKey({ b: { c: 2, d: 1 }, a: 1 }))
  })

  test('keeps keys of any length apart from one another and from its buffer (Q5)', () => {
    const long = 'é'.repeat(200_000)
    const key = indexKey(long)
    const short = indexKey('x')
    expect(key.length).toBe(400_002)
    expect([...short]).toEqual([5, 120, 0])
    expect(indexKey([long, long]).length).toBe(800_006)
    expect(compareBytes(key, indexKey(`${long}a`))).toBeLessThan(0)
    short[0] = 9
    expect([...indexKey('x')]).toEqual([5, 120, 0])
  })

  test('stays as it is: stored keys outlive the program that made them (Q5)', () => {
    const hex = (value: Json): string => Buffer.from(indexKey(value)).toString('hex')
    expect(hex(null)).toBe('01')
    expect(hex(false)).toBe('02')
    expect(hex(true)).toBe('03')
    expect(hex(0)).toBe('048000000000000000')
    expect(hex(1)).toBe('04bff0000000000000')
    expect(hex(-1)).toBe('04400fffffffffffff')
    expect(hex('aé😀')).toBe('0561c3a9f09f988000')
    expect(hex([1, null])).toBe('0604bff00000000000000100')
    expect(hex({ a: true, '': [] })).toBe('070500060005610003' + '00')
  })
})

describe('idKey', () => {
  test('is the UTF-8 of the id, so walks by id go by code point (Q4)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (a, b) => {
          expect(Buffer.from(idKey(a)).toString('utf8')).toBe(a)
          expect(Math.sign(compareBytes(idKey(a), idKey(b)))).toBe(Math.sign(compareCodePoints(a, b)))
        },
      ),
    )
  })
})

describe('stringPrefixKey', () => {
  test('begins the keys of exactly the strings that begin with it (Q5)', () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.boolean(), (prefix, rest, joined) => {
        const text = joined ? prefix + rest : rest
        const begin = stringPrefixKey(prefix)
        const isPrefix = Buffer.compare(indexKey(text).subarray(0, begin.length), begin) === 0
        expect(isPrefix).toBe(text.startsWith(prefix))
      }),
      { numRuns: 1000 },
    )
  })
})
