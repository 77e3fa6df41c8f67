import type { Change, Json } from '@synclayer/core/adapter'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeText } from './change-text.ts'
import { createTagger, tagClient, tagMutation, tagOf, untagMutation } from './client-tags.ts'

const TAG = 'AbCdEfGh-_012345'
const OTHER = 'AbCdEfGh-_01234x'

const clientIds = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 100,
})
const mutationIds = fc.tuple(clientIds, fc.nat()).map(([client, n]) => `${client}.${n}`)

describe('client tags', () => {
  test('are taken off for their owner alone, and only once', () => {
    fc.assert(
      fc.property(mutationIds, (id) => {
        const tagged = tagMutation(id, TAG)
        expect(tagged.slice(0, tagged.lastIndexOf('.'))).toBe(
          tagClient(id.slice(0, id.lastIndexOf('.')), TAG),
        )
        expect(untagMutation(tagged, TAG)).toBe(id)
        expect(untagMutation(tagged, OTHER)).toBe(tagged)
        expect(untagMutation(tagged, null)).toBe(tagged)
        expect(untagMutation(tagMutation(tagged, OTHER), OTHER)).toBe(tagged)
        expect(tagOf({ kind: 'delete', mutation: tagged } as Change)).toBe(TAG)
      }),
    )
  })

  test('are the same for the same principal, and differ between principals', async () => {
    const [here, there] = [createTagger(), createTagger()]
    const tag = await here('ada')
    expect(tag).toMatch(/^[A-Za-z0-9_-]{16}$/)
    expect([await here('ada'), await there('ada')]).toEqual([tag, tag])
    const ids = Array.from({ length: 1_000 }, (_, n) => `user ${n} 🌍`)
    expect(new Set(await Promise.all(ids.map(there))).size).toBe(1_000)
  })
})

describe('changeText', () => {
  test('is the JSON of the change, with or without the text of its document at hand', () => {
    const documents = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue() as fc.Arbitrary<Json>)
    const head = { collection: 'todos', time: '0198abcdef01-0000-00000000000000aa', schema: 3 }
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        documents,
        mutationIds,
        fc.boolean(),
        (id, document, mutation, hasText) => {
          const data = JSON.parse(JSON.stringify(document)) as Json
          const text = hasText ? { text: JSON.stringify(data, null, 1) } : {}
          const put: Change = { kind: 'put', ...head, id, version: `v${id}`, deleted: false, data, mutation }
          const remove: Change = { kind: 'delete', ...head, id, version: `v${id}`, deleted: true }
          const leave: Change = { kind: 'leave', collection: 'todos', id, version: `v${id}` }
          expect(JSON.parse(changeText({ ...put, ...text }, null))).toEqual(put)
          expect(JSON.parse(changeText({ ...put, mutation: tagMutation(mutation, TAG) }, TAG))).toEqual(put)
          expect(JSON.parse(changeText(remove, TAG))).toEqual(remove)
          expect(JSON.parse(changeText(leave, TAG))).toEqual(leave)
        },
      ),
    )
  })
})
