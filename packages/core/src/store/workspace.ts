/**
 * What the operations of one commit work on: the rows they named, as read, with what earlier operations of the same
 * commit made of them. An operation that throws leaves no trace.
 */
import type { RecordState } from '../outbox/record-state.ts'
import type { DamagedRecord, Precondition, RecordKey, StoredRecord } from '../ports/storage.ts'
import type { ReadEntry } from './read-entries.ts'
import { decodeRow } from './record-codec.ts'

/** Who made a change: the app, the backend's answers and changes, or the engine's own housekeeping. */
export type Origin = 'local' | 'remote' | 'internal'

/** One record before and after a commit. */
export interface RecordChange {
  readonly before: RecordState | null
  readonly after: RecordState | null
  readonly key: RecordKey
  readonly origin: Origin
  /** A row was there that could not be read: what it was, and in which lane, is not known. */
  readonly replaced: boolean
}

interface RecordSlot {
  readonly key: RecordKey
  readonly revision: number | null
  readonly damaged: boolean
  readonly row: StoredRecord | undefined
  /** A row that could not be read was decided upon. */
  replaced: boolean
  before: RecordState | null | undefined
  now: RecordState | null | undefined
  /** Whose operation set it last. */
  origin: Origin
}

interface EntrySlot {
  /** Undefined where it could not be read. */
  readonly before: string | null | undefined
  readonly revision: number | null | 'any'
  now: string | null
}

type Undo = () => void

/** Thrown where an operation looks at what it did not name: the store reads that too and runs it again. */
export class MissingSlot extends Error {
  readonly key: RecordKey | undefined
  readonly entry: string | undefined

  constructor(key: RecordKey | undefined, entry: string | undefined) {
    super('An operation looked at what it had not named')
    this.key = key
    this.entry = entry
  }
}

export function slotName(key: RecordKey): string {
  return `${key.collection}/${key.id}`
}

export class Workspace {
  readonly #slots: RecordSlot[] = []
  /** By collection and id; not made for the one record that most commits are about. */
  #byName: Map<string, Map<string, RecordSlot>> | null = null
  readonly #entries = new Map<string, EntrySlot>()
  #undo: Undo[] = []
  #origin: Origin = 'internal'

  addRecord(key: RecordKey, row: StoredRecord | DamagedRecord | undefined): void {
    const damaged = row !== undefined && 'damaged' in row
    const slot: RecordSlot = {
      key,
      revision: row?.revision ?? null,
      damaged,
      row: damaged ? undefined : row,
      replaced: false,
      before: undefined,
      now: undefined,
      origin: 'internal',
    }
    this.#slots.push(slot)
    if (this.#byName !== null) index(this.#byName, slot)
  }

  addEntry(name: string, entry: ReadEntry): void {
    // Whatever is written replaces a damaged one, even nothing.
    if (entry === 'damaged') this.#entries.set(name, { before: undefined, revision: 'any', now: null })
    else {
      const value = entry?.value ?? null
      this.#entries.set(name, { before: value, revision: entry?.revision ?? null, now: value })
    }
  }

  /** The record as it is now; null where there is none, or none that can be read. */
  get(key: RecordKey): RecordState | null {
    return stateOf(this.#slot(key))
  }

  /** True where a row is there that cannot be read. */
  isDamaged(key: RecordKey): boolean {
    return this.#slot(key).damaged
  }

  /** The revision the record was read at; null where it was absent. */
  revision(key: RecordKey): number | null {
    return this.#slot(key).revision
  }

  /** True where an operation of this commit has set the record to something else. */
  isChanged(key: RecordKey): boolean {
    const { now, before, replaced } = this.#slot(key)
    return replaced || now !== before
  }

  set(key: RecordKey, state: RecordState | null): void {
    const slot = this.#slot(key)
    const previous = stateOf(slot)
    if (!slot.damaged && previous === state) return
    const { replaced, origin } = slot
    this.#undo.push(() => Object.assign(slot, { now: previous, replaced, origin }))
    slot.now = state
    slot.replaced = slot.damaged
    slot.origin = this.#origin
  }

  entry(name: string): string | null {
    return this.#entrySlot(name).now
  }

  setEntry(name: string, value: string | null): void {
    const slot = this.#entrySlot(name)
    const previous = slot.now
    if (previous === value) return
    this.#undo.push(() => (slot.now = previous))
    slot.now = value
  }

  /** What is set from here on is of this origin, and can be undone by `rollback`. */
  begin(origin: Origin): void {
    this.#undo = []
    this.#origin = origin
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  changes(): readonly RecordChange[] {
    const changes: RecordChange[] = []
    for (const { key, before, now, replaced, origin } of this.#slots) {
      if (now === undefined || (now === before && !replaced)) continue
      changes.push({ key, before: before ?? null, after: now, origin, replaced })
    }
    return changes
  }

  entryChanges(): readonly { readonly name: string; readonly value: string | null }[] {
    const changes: { name: string; value: string | null }[] = []
    for (const [name, { before, now }] of this.#entries) {
      if (now !== before) changes.push({ name, value: now })
    }
    return changes
  }

  /** Everything that was looked at must still be as it was. */
  preconditions(): readonly Precondition[] {
    const expect: Precondition[] = []
    for (const { key, revision, now } of this.#slots) {
      if (now !== undefined) expect.push({ collection: key.collection, id: key.id, revision })
    }
    for (const [name, { revision }] of this.#entries) {
      if (revision !== 'any') expect.push({ entry: name, revision })
    }
    return expect
  }

  #slot(key: RecordKey): RecordSlot {
    const slot = this.#find(key)
    if (slot === undefined) throw new MissingSlot(key, undefined)
    return slot
  }

  #find(key: RecordKey): RecordSlot | undefined {
    const slots = this.#slots
    if (slots.length === 1) {
      const slot = slots[0]!
      return slot.key.id === key.id && slot.key.collection === key.collection ? slot : undefined
    }
    if (this.#byName === null) {
      this.#byName = new Map()
      for (const slot of slots) index(this.#byName, slot)
    }
    return this.#byName.get(key.collection)?.get(key.id)
  }

  #entrySlot(name: string): EntrySlot {
    const slot = this.#entries.get(name)
    if (slot === undefined) throw new MissingSlot(undefined, name)
    return slot
  }
}

function stateOf(slot: RecordSlot): RecordState | null {
  if (slot.now === undefined) {
    slot.before = slot.row === undefined ? null : decodeRow(slot.row)
    slot.now = slot.before
  }
  return slot.now
}

function index(byName: Map<string, Map<string, RecordSlot>>, slot: RecordSlot): void {
  const { collection, id } = slot.key
  const ids = byName.get(collection)
  if (ids === undefined) byName.set(collection, new Map([[id, slot]]))
  else ids.set(id, slot)
}
