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

/**
 * A record that was read for a commit. It is its own precondition and its own change: commits of many thousand records
 * would else spend their time on collecting garbage.
 */
interface RecordSlot extends RecordKey {
  readonly key: RecordKey
  readonly revision: number | null
  readonly damaged: boolean
  readonly row: StoredRecord | undefined
  /** A row that could not be read was decided upon. */
  replaced: boolean
  /** Undefined until it is looked at. */
  before: RecordState | null | undefined
  after: RecordState | null | undefined
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

const NO_ENTRIES: ReadonlyMap<string, EntrySlot> = new Map()

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
  readonly #declared: ReadonlyMap<string, unknown>
  readonly #slots: RecordSlot[] = []
  /** By collection and id; only made where records are not looked at in the order in which they were named. */
  #byName: Map<string, Map<string, RecordSlot>> | null = null
  /** The slot that was looked at last. */
  #at = 0
  /** Not made for the many commits that look at no entry. */
  #entries: Map<string, EntrySlot> | null = null
  /** Null for the first operation: undoing it leaves what was read. */
  #undo: Undo[] | null = null
  #begun = false
  #origin: Origin = 'internal'

  /** `declared`: the collections the store was opened with. */
  constructor(declared: ReadonlyMap<string, unknown>) {
    this.#declared = declared
  }

  /** False for a record of a collection this app no longer declares: it is kept, and nobody can look at it. */
  canSee(key: RecordKey): boolean {
    return this.#declared.has(key.collection)
  }

  addRecord(key: RecordKey, row: StoredRecord | DamagedRecord | undefined): void {
    const damaged = row !== undefined && 'damaged' in row
    const slot: RecordSlot = {
      collection: key.collection,
      id: key.id,
      key,
      revision: row?.revision ?? null,
      damaged,
      row: damaged ? undefined : row,
      replaced: false,
      before: undefined,
      after: undefined,
      origin: 'internal',
    }
    this.#slots.push(slot)
    if (this.#byName !== null) index(this.#byName, slot)
  }

  addEntry(name: string, entry: ReadEntry): void {
    // Whatever is written replaces a damaged one, even nothing.
    this.#entries ??= new Map()
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
    return isChanged(this.#slot(key))
  }

  set(key: RecordKey, state: RecordState | null): void {
    const slot = this.#slot(key)
    const previous = stateOf(slot)
    if (!slot.damaged && previous === state) return
    const { replaced, origin } = slot
    this.#undo?.push(() => Object.assign(slot, { after: previous, replaced, origin }))
    slot.after = state
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
    this.#undo?.push(() => (slot.now = previous))
    slot.now = value
  }

  /** What is set from here on is of this origin, and can be undone by `rollback`. */
  begin(origin: Origin): void {
    this.#undo = this.#begun ? [] : null
    this.#begun = true
    this.#origin = origin
  }

  rollback(): void {
    if (this.#undo === null) this.#restart()
    else for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  /** Back to what was read. */
  #restart(): void {
    for (const slot of this.#slots) {
      if (slot.after !== undefined) Object.assign(slot, { after: slot.before, replaced: false })
    }
    for (const slot of (this.#entries ?? NO_ENTRIES).values()) slot.now = slot.before ?? null
  }

  changes(): readonly RecordChange[] {
    return this.#slots.filter(isChanged) as readonly RecordSlot[] as readonly RecordChange[]
  }

  entryChanges(): readonly { readonly name: string; readonly value: string | null }[] {
    const changes: { name: string; value: string | null }[] = []
    for (const [name, { before, now }] of this.#entries ?? NO_ENTRIES) {
      if (now !== before) changes.push({ name, value: now })
    }
    return changes
  }

  /** Everything that was looked at must still be as it was. */
  preconditions(): readonly Precondition[] {
    const expect: Precondition[] = this.#slots.filter(({ after }) => after !== undefined)
    for (const [name, { revision }] of this.#entries ?? NO_ENTRIES) {
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
    // Operations look at their records in the order in which they named them, each several times.
    const last = this.#slots[this.#at]
    if (isOf(last, key)) return last
    const next = this.#slots[this.#at + 1]
    if (isOf(next, key)) {
      this.#at += 1
      return next
    }
    if (this.#byName === null) {
      this.#byName = new Map()
      for (const slot of this.#slots) index(this.#byName, slot)
    }
    return this.#byName.get(key.collection)?.get(key.id)
  }

  #entrySlot(name: string): EntrySlot {
    const slot = this.#entries?.get(name)
    if (slot === undefined) throw new MissingSlot(undefined, name)
    return slot
  }
}

function stateOf(slot: RecordSlot): RecordState | null {
  if (slot.after === undefined) {
    slot.before = slot.row === undefined ? null : decodeRow(slot.row)
    slot.after = slot.before
  }
  return slot.after
}

function isChanged({ before, after, replaced }: RecordSlot): boolean {
  return after !== before || replaced
}

function isOf(slot: RecordSlot | undefined, key: RecordKey): slot is RecordSlot {
  return slot !== undefined && slot.id === key.id && slot.collection === key.collection
}

function index(byName: Map<string, Map<string, RecordSlot>>, slot: RecordSlot): void {
  const ids = byName.get(slot.collection)
  if (ids === undefined) byName.set(slot.collection, new Map([[slot.id, slot]]))
  else ids.set(slot.id, slot)
}
