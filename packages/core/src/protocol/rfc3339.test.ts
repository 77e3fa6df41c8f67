import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts'

describe('parseRfc3339', () => {
  test.each([
    ['2026-11-25T14:00:00Z', Date.UTC(2026, 10, 25, 14)],
    ['2026-11-25t14:00:00z', Date.UTC(2026, 10, 25, 14)],
    ['2026-11-25 14:00:00.5+00:00', Date.UTC(2026, 10, 25, 14, 0, 0, 500)],
    ['2026-11-25T15:30:00.123456+01:30', Date.UTC(2026, 10, 25, 14, 0, 0, 123)],
    ['2026-11-25T09:00:00-05:00', Date.UTC(2026, 10, 25, 14)],
    ['1969-12-31T23:59:59Z', -1_000],
    ['2016-12-31T23:59:60Z', Date.UTC(2016, 11, 31, 23, 59, 59, 999)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('%s is that moment', (text, ms) => {
    expect(parseRfc3339(text)).toBe(ms)
  })

  test.each([
    '2026-11-25T14:00:00',
    '2026-11-25 14:00:00',
    '2026-11-25',
    '2026-11-25T14:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-25T24:00:00Z',
    '2026-11-25T14:60:00Z',
    '2026-11-25T14:00:61Z',
    '2026-11-25T14:00:00+24:00',
    '2026-11-25T14:00:00+0100',
    '2026-11-25T14:00:00.Z',
    'Wed, 25 Nov 2026 14:00:00 GMT',
    '1785000000000',
    '',
  ])('%j is no time with a zone', (text) => {
    expect(parseRfc3339(text)).toBeNull()
  })

  test('reads what formatRfc3339 writes', () => {
    const moments = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })
    fc.assert(
      fc.property(moments, (ms) => {
        expect(parseRfc3339(formatRfc3339(ms))).toBe(ms)
      }),
    )
  })
})

describe('formatRfc3339', () => {
  test('writes what the platform writes', () => {
    const moments = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) })
    fc.assert(
      fc.property(moments, (ms) => {
        expect(formatRfc3339(ms)).toBe(new Date(ms).toISOString())
      }),
    )
  })

  test('stays within what four digits of a year can say', () => {
    expect(formatRfc3339(2 ** 48 - 1)).toBe('9999-12-31T23:59:59.999Z')
    expect(formatRfc3339(-1)).toBe('1970-01-01T00:00:00.000Z')
  })
})
