import { type JsonObject, type Patch, utf8ByteLength } from '@synclayer/core/adapter'
import { assert, assertEqual } from '../expect.ts'
import type { RunSettings } from '../run-settings.ts'
import { forEachSeed } from '../runner.ts'
import type { Bench, BenchTest } from './bench.ts'
import { HOSTILE_FIELDS, LONG_TEXT } from './hostile-values.ts'
import { randomFields, randomJson } from './random-document.ts'
import { acceptedVersion, assertOutcome } from './test-client.ts'

/** Every document core accepts comes back equal, or is refused before anything is written (A6). */
export function fidelityTests(test: BenchTest, { seed }: Required<RunSettings>): void {
  for (const [title, fields] of Object.entries(HOSTILE_FIELDS)) {
    test(`${title}: a document comes back equal, however it is read (A6)`, async (bench) => {
      const data: JsonObject = { ...fields, id: 'a' }
      const alice = bench.client()
      const edit = alice.edit({ recordId: 'a', data })
      const [result] = await alice.push([edit])
      if (isTooLarge(bench, data)) {
        assertOutcome(result, 'rejected', 'RECORD_TOO_LARGE')
        assertEqual(await alice.stored('a'), undefined, 'what is stored')
        return
      }
      acceptedVersion(result)
      assertSame((await alice.stored('a'))?.data, data, 'fetched')
      await alice.pullAll()
      assertSame(alice.get('a')?.data, data, 'pulled')
      const other = bench.client({ id: 'bob' }, await bench.second())
      const [conflict] = await other.push([other.edit({ recordId: 'a' })])
      assertSame(
        conflict?.status === 'conflict' ? conflict.current?.data : conflict,
        data,
        'told in a conflict',
      )
    })

    test(`${title}: a patch brings the values in, and keeps them (A5, A6)`, async (bench) => {
      const before = { id: 'a', before: fields, value: fields }
      if (!bench.adapter.capabilities.patch || isTooLarge(bench, before)) return
      const alice = bench.client()
      const first = await alice.write({ recordId: 'a', data: { id: 'a', before: fields } })
      const patch: Patch = { set: { '/value': fields } }
      const second = await alice.write({ recordId: 'a', kind: 'patch', base: first, patch })
      const unset: Patch = { unset: ['/before'] }
      await alice.write({ recordId: 'a', kind: 'patch', base: second, patch: unset })
      assertSame((await alice.stored('a'))?.data, { id: 'a', value: fields }, 'the document')
    })
  }

  test('random documents come back equal, put or patched (A5, A6)', (bench) =>
    forEachSeed([seed, seed + 1, seed + 2], async (random, each) => {
      const alice = bench.client({ id: `alice${each}` })
      const documents = Array.from({ length: 100 }, (_, n) => ({
        ...randomFields(random),
        id: `r${each}-${n}`,
      }))
      const results = await alice.push(documents.map((data) => alice.edit({ recordId: data.id, data })))
      const versions = results.map(acceptedVersion)
      const { patch } = bench.adapter.capabilities
      const expected = documents.map((data): JsonObject =>
        patch && random.chance() ? { ...data, value: randomJson(random, 4) } : data,
      )
      const edits = expected.flatMap((data, n) => {
        const { value } = data
        if (data === documents[n] || value === undefined) return []
        const edit = {
          recordId: documents[n]!.id,
          kind: 'patch',
          base: versions[n]!,
          patch: { set: { '/value': value } },
        } as const
        return [alice.edit(edit)]
      })
      for (const result of await alice.push(edits)) acceptedVersion(result)
      await alice.pullAll(() => 1 + random.whole(40))
      for (const [n, data] of expected.entries())
        assertSame(alice.get(documents[n]!.id)?.data, data, `record ${n}`)
    }))

  test('documents of very different sizes share a page and a push (A6, A8)', async (bench) => {
    const alice = bench.client()
    const size = Math.min(LONG_TEXT, Math.floor(bench.adapter.capabilities.maxRecordBytes / 2))
    const texts = Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? 'x'.repeat(size) : 'y'))
    const edits = texts.map((text, n) => alice.edit({ recordId: `r${n}`, data: { id: `r${n}`, text } }))
    for (const result of await alice.push(edits)) acceptedVersion(result)
    const changes = await alice.pullAll(() => 100)
    assertEqual(changes.length, 12, 'changes')
    for (const [n, text] of texts.entries()) {
      assertSame(alice.get(`r${n}`)?.data, { id: `r${n}`, text }, `record ${n}`)
    }
  })
}

function isTooLarge(bench: Bench, data: JsonObject): boolean {
  return utf8ByteLength(JSON.stringify(data)) > bench.adapter.capabilities.maxRecordBytes
}

/** Equal as JSON, with keys that are absent told from keys that are not. The order of keys does not matter. */
function assertSame(actual: unknown, expected: unknown, what: string): void {
  assertEqual(actual, expected, what)
  assert(sortedText(actual) === sortedText(expected), `${what}: equal, but not the same JSON`)
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))
  })
}
