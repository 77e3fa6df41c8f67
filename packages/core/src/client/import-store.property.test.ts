/** A file that is almost an export: it is refused as a whole, or the store it makes works. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import type { RecordState } from '../outbox/record-state.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import {
  cleanRecord,
  createdRecord,
  parkedRecord,
  remote,
  sendingRecord,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

const sending = sendingRecord(createdRecord({ n: 3 }, { group: 'g' }))
const states: readonly RecordState[] = [
  cleanRecord(),
  waitingRecord({ n: 2 }, { group: 'g' }),
  waitingRecord(null),
  { ...sending, sync: { ...sending.sync, held: remote(4, { n: 9 }), attempts: 1, retryAt: 7 } },
  parkedRecord(),
]
const feed = {
  epoch: 'e',
  cursor: null,
  start: '0',
  collections: [],
  generation: 1,
  snapshot: { reason: 'first', cursor: null, collections: ['items'], done: 0 },
}
const members = [
  ['items', 'r1'],
  ['items', 'r3'],
]
const values: readonly unknown[] = [
  { synclayer: 'export', format: 1, exportedAt: 0, collections: ['items'] },
  { entry: 'feed:default', value: JSON.stringify(feed) },
  { entry: 'group:g', value: JSON.stringify(members) },
  ...states.map(lineOf),
]

function lineOf({ document, base, ...state }: RecordState, index: number): unknown {
  const line = { ...state, document: parsed(document), base: parsed(base) }
  return JSON.parse(JSON.stringify(line).replaceAll('"a"', `"r${index}"`))
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

function fileOf(lines: readonly unknown[]): string {
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

/** One part of one line replaced; inside the text of an entry, too. */
const almost = fc
  .tuple(
    fc.nat(values.length - 1),
    fc.array(fc.nat(9), { maxLength: 4 }),
    fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 'x', 0, -1, 1.5, true, [], {})),
  )
  .map(([line, way, part]) =>
    fileOf(values.map((value, at) => (at === line ? replaced(value, way, part) : value))),
  )

function replaced(value: unknown, way: readonly number[], part: unknown): unknown {
  const [step, ...rest] = way
  if (typeof value === 'string' && /^[[{]/.test(value))
    return JSON.stringify(replaced(JSON.parse(value), way, part))
  if (step === undefined || typeof value !== 'object' || value === null) return part
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
  const chosen = entries[step % Math.max(1, entries.length)]
  if (chosen === undefined) return part
  const [key, inner] = chosen
  const next = replaced(inner, rest, part)
  return Array.isArray(value)
    ? value.map((item: unknown, index) => (String(index) === key ? next : item))
    : { ...value, [key]: next }
}

function open(): ReturnType<typeof createTestLayer> {
  const deps = testDeps()
  const backend = createModelBackend({ now: () => deps.clock.now() })
  const collections = { items: collection({ indexes: ['n'] }) }
  return createTestLayer({ collections, adapter: backend.adapter(), sync: { auto: false } }, deps)
}

describe('import', () => {
  test('takes the whole file, with records in every lane (X1)', async () => {
    const db = await open()
    expect(await db.import(fileOf(values))).toEqual({ records: states.length })
    expect((await db.outbox.list()).map(({ status }) => status)).toEqual([
      'waiting',
      'waiting',
      'waiting',
      'parked',
    ])
    await db.close()
  })

  test('refuses a broken file as a whole, or makes a store that can be read and synced (X1, I10)', async () => {
    const texts = fc.oneof(
      { weight: 8, arbitrary: almost },
      { weight: 1, arbitrary: fc.string() },
      { weight: 1, arbitrary: fc.tuple(fc.nat(2_000)).map(([at]) => fileOf(values).slice(0, at)) },
    )
    await fc.assert(
      fc.asyncProperty(texts, async (file) => {
        const db = await open()
        const items = db.collection('items')
        const refused = await db.import(file).then(
          () => null,
          (error: unknown) => error,
        )
        if (refused !== null) {
          if (!isSyncError(refused)) throw refused as Error
          expect(['INVALID_OPTION', 'UNKNOWN_COLLECTION']).toContain(refused.code)
          expect([await items.count(), await db.outbox.list()]).toEqual([0, []])
        } else {
          const broken: unknown[] = []
          db.on('error', ({ error }) => broken.push(error.cause ?? error))
          const found = await items.getAll()
          const unsent = await db.outbox.list()
          // A cursor may be no cursor of this backend.
          await db.sync().catch((error: unknown) => {
            if (!isSyncError(error, 'PROTOCOL')) throw error
          })
          for (const { id } of found) await items.get(id)
          expect((await db.outbox.list()).length).toBeLessThanOrEqual(unsent.length)
          expect(broken).toEqual([])
        }
        await db.close()
      }),
      { numRuns: 300 },
    )
  })
})
