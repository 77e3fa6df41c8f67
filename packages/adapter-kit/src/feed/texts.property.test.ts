/** Cursors, versions and requests: texts that come back from clients, whole or not. */
import { isSyncError, type Random } from '@synclayer/core/adapter'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFetch, checkPull, checkPush } from '../check-request.ts'
import { hmacSeal } from '../node/hmac-seal.ts'
import { createCursors, type FeedPlace, NO_MARK } from './cursor.ts'
import { epochOrdinal, formatEpoch, formatVersion, MAX_POSITION, randomName } from './version.ts'

const name = fc
  .uint8Array({ minLength: 10, maxLength: 10 })
  .map((bytes) => randomName({ bytes: () => bytes, next: () => 0 } satisfies Random))
const ordinal = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 46 }))
const epoch = fc.tuple(ordinal, name).map(([number, random]) => formatEpoch(number, random))
const position = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: MAX_POSITION }))
const mark = fc.oneof(fc.constant(NO_MARK), name)
const place: fc.Arbitrary<FeedPlace> = fc.record(
  { epoch, position, mark, walk: fc.record({ to: position, rows: position }) },
  { requiredKeys: ['epoch', 'position', 'mark'] },
)
const scope = fc.constantFrom('a', 'b', 'user:1', '1:x', 'a\nb', '')
const cursors = createCursors(hmacSeal('key'))

describe('cursors', () => {
  test('are read back as they were written, in their scope and with their key (A1, I10)', () => {
    fc.assert(
      fc.property(place, scope, (written, where) => {
        expect(cursors.decode(where, cursors.encode(where, written))).toEqual(written)
      }),
    )
  })

  test('of another scope or another database are none (A4, A9)', () => {
    fc.assert(
      fc.property(place, scope, scope, (written, where, other) => {
        const cursor = cursors.encode(where, written)
        if (where !== other) expect(cursors.decode(other, cursor)).toBeNull()
        expect(createCursors(hmacSeal('another')).decode(where, cursor)).toBeNull()
      }),
    )
  })

  test('of which a letter was changed are refused or none, never another place (A1, I10)', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (written, at, letter) => {
        const cursor = cursors.encode('a', written)
        const index = at % cursor.length
        const changed = cursor.slice(0, index) + letter + cursor.slice(index + 1)
        if (changed === cursor) return
        expect(outcomeOf(() => cursors.decode('a', changed))).toBeOneOf([null, 'PROTOCOL'])
      }),
      { numRuns: 500 },
    )
  })

  test('that are anything at all are refused or none (I10)', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(outcomeOf(() => cursors.decode('a', value))).toBeOneOf([null, 'PROTOCOL'])
      }),
    )
  })
})

describe('versions', () => {
  test('sort as histories and positions do, and are read back (A2)', () => {
    fc.assert(
      fc.property(epoch, epoch, position, position, name, name, (e, f, p, q, m, n) => {
        const [one, two] = [formatVersion(e, p, m), formatVersion(f, q, n)]
        const order = epochOrdinal(e) - epochOrdinal(f) || p - q
        if (order !== 0) expect(one < two).toBe(order < 0)
        // Written under another mark it is another state, though place and history are the same.
        else expect(one === two).toBe(m === n)
      }),
      { numRuns: 500 },
    )
  })
})

describe('requests', () => {
  const whole = {
    scope: 's',
    clientId: 'c',
    settled: 0,
    epoch: 'e',
    cursor: 'c',
    mutations: [],
    limit: 1,
    collections: [{ name: 'a' }],
    collection: 'a',
    ids: ['1'],
  }
  const part = fc.constantFrom(...Object.keys(whole))

  test.each([
    ['push', checkPush],
    ['pull', checkPull],
    ['fetch', checkFetch],
  ] as const)(
    'a %s with anything in the place of one part is taken, or refused as PROTOCOL (A8, I10)',
    (_name, check) => {
      expect(outcomeOf(() => check(whole))).toBeUndefined()
      fc.assert(
        fc.property(part, fc.anything(), (member, value) => {
          expect(outcomeOf(() => check({ ...whole, [member]: value }))).toBeOneOf([undefined, 'PROTOCOL'])
        }),
        { numRuns: 500 },
      )
    },
  )
})

/** What it gives, or the code of the SyncError it throws. Anything else it throws is thrown on. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (!isSyncError(error)) throw error
    return error.code
  }
}
