import type { Change, PullResponse } from '@synclayer/core/adapter'
import { utf8ByteLength } from '@synclayer/core/adapter'
import { checkServerMessage, MAX_SOCKET_PAGE_BYTES } from '@synclayer/core/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPage, pageMessage } from './page.ts'

const MINE = 'm'.repeat(16)
const THEIRS = 't'.repeat(16)
const TIME = '0198abcdef01-0000-00000000000000aa'

function put(id: string, data: Record<string, string>, tag?: string): Change {
  const document = { id, ...data }
  const mutation = tag === undefined ? {} : { mutation: `phone~${tag}.7` }
  const head = { kind: 'put' as const, collection: 'todos', id, version: 'v1', deleted: false }
  return { ...head, data: document, text: JSON.stringify(document), time: TIME, schema: 1, ...mutation }
}

function response(changes: readonly Change[], more: Partial<PullResponse> = {}): PullResponse {
  return { changes, cursor: 'c"2', epoch: 'e', hasMore: false, remaining: 0, serverTime: 5, ...more }
}

describe('createPage', () => {
  test('is what the pull gave, in a message with where it begins', () => {
    const gone: Change = {
      kind: 'delete',
      collection: 'todos',
      id: 'é"',
      version: 'v2',
      deleted: true,
      time: TIME,
      schema: 1,
    }
    const leave: Change = { kind: 'leave', collection: 'todos', id: 'l', version: 'v3' }
    const { text: _, ...shown } = put('p', { note: '"\\\u2028' }) as Change & { text: string }
    const page = createPage(response([put('p', { note: '"\\\u2028' }), gone, leave]))!
    const message = checkServerMessage(JSON.parse(pageMessage(3, 'c"1', page.textFor(MINE))))
    const { remaining: _remaining, ...rest } = response([shown, gone, leave])
    expect(message).toEqual({ type: 'page', id: 3, page: { ...rest, from: 'c"1' }, unreadable: [] })
  })

  test('is one text for all but those whose mutations are in it', () => {
    const page = createPage(response([put('a', {}, MINE), put('b', {}, THEIRS)]))!
    const other = page.textFor('o'.repeat(16))
    expect(page.textFor('x'.repeat(16))).toBe(other)
    expect(other).toContain(`"phone~${MINE}.7"`)
    expect(page.textFor(MINE)).toContain('"mutation":"phone.7"')
    expect(page.textFor(MINE)).toContain(`"phone~${THEIRS}.7"`)
    expect(page.textFor(MINE)).toBe(page.textFor(MINE))
    expect(page.textFor(THEIRS)).not.toBe(other)
  })

  test('is none where more follows', () => {
    expect(createPage(response([], { hasMore: true }))).toBeUndefined()
  })

  test('is none exactly where it might not fit', () => {
    const letter = fc.constantFrom('x', 'é', '語', '\u{1f600}', '"')
    const change = fc.tuple(letter, fc.nat(90_000)).map(([unit, count]) => unit.repeat(count))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.boolean(), (notes, isOwn) => {
        const changes = notes.map((note, n) => put(String(n), { note }, MINE))
        const page = createPage(response(changes))
        const whole = utf8ByteLength(JSON.stringify(changes.map((one) => ({ ...one, text: undefined }))))
        if (page === undefined) expect(whole).toBeGreaterThan(MAX_SOCKET_PAGE_BYTES - 5 * 1024)
        else {
          const message = pageMessage(1, 'cursor', page.textFor(isOwn ? MINE : THEIRS))
          expect(utf8ByteLength(message)).toBeLessThanOrEqual(MAX_SOCKET_PAGE_BYTES)
        }
      }),
    )
  })
})
