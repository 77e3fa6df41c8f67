/** The plainest model of a storage, and how an answer is held against it. */
import type {
  DamagedRecord,
  Precondition,
  RecordKey,
  RecordWrite,
  Storage,
  StoredRecord,
  WriteBatch,
} from '@synclayer/core/storage'
import { assert, assertEqual } from '../expect.ts'
import { assertStored } from './storage-suite.ts'

/** What the storage should hold. Revisions are learnt from it, and must be new with every write. */
export interface Model {
  readonly rows: Map<string, RecordWrite>
  readonly entries: Map<string, string>
  readonly revisions: Map<string, number>
  /** All revisions there ever were, by key. */
  readonly used: Map<string, Set<number>>
  order: number
}

/** A model of an empty storage. */
export function createModel(): Model {
  return { rows: new Map(), entries: new Map(), revisions: new Map(), used: new Map(), order: 0 }
}

/** What the storage's next answer to these conditions must be. */
export function holds(model: Model, expect: readonly Precondition[]): boolean {
  return expect.every((condition) => revisionOf(model, condition) === condition.revision)
}

/** The revision of a row or an entry; null where there is none. */
export function revisionOf(model: Model, key: RecordKey | { readonly entry: string }): number | null {
  return model.revisions.get(keyOf(key)) ?? null
}

/** Makes the model follow a batch that was committed, and learns the revisions it got. */
export async function applyBatch(storage: Storage, model: Model, batch: WriteBatch): Promise<void> {
  const { records = [], removals = [], entries = [] } = batch
  for (const write of records) model.rows.set(keyOf(write), write)
  for (const key of removals) {
    model.rows.delete(keyOf(key))
    model.revisions.delete(keyOf(key))
  }
  for (const { name, value } of entries) {
    if (value === null) model.entries.delete(name)
    else model.entries.set(name, value)
    model.revisions.delete(keyOf({ entry: name }))
  }
  const stored = await storage.read(records)
  records.forEach((write, at) => learn(model, keyOf(write), assertStored(stored[at], write).revision))
  const written = entries.filter(({ value }) => value !== null).map(({ name }) => name)
  const values = await storage.readEntries(written)
  written.forEach((name, at) => {
    assertEqual(values[at]?.value, model.entries.get(name), `entry ${name}`)
    learn(model, keyOf({ entry: name }), values[at]!.revision)
  })
}

function learn(model: Model, key: string, revision: number): void {
  const used = model.used.get(key) ?? new Set()
  assert(!used.has(revision), `${key} got revision ${revision} twice`)
  model.used.set(key, used.add(revision))
  model.revisions.set(key, revision)
}

/** Fails unless a row is as the model has it, at the revision it got. */
export function assertSame(
  model: Model,
  key: string,
  answer: StoredRecord | DamagedRecord | undefined,
): void {
  const expected = model.rows.get(key)
  if (expected === undefined) {
    assertEqual(answer, undefined, key)
    return
  }
  const stored: StoredRecord = assertStored(answer, expected)
  assertEqual(stored.revision, model.revisions.get(key), `revision of ${key}`)
}

/** Tells rows and entries apart, and each from the others. */
export function keyOf(key: RecordKey | { readonly entry: string }): string {
  return 'entry' in key ? `entry ${key.entry}` : `${key.collection}/${key.id}`
}
