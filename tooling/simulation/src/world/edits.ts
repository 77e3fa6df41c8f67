/** What users do, through the public API, and what the oracle is told of it. */
import { isSyncError } from '@synclayer/core'
import { type CollectionName, documentIn, type Marked, PAIR, tokensOf } from '../scenario/collections.ts'
import type { Edit } from '../scenario/scenario.ts'
import type { Attempt, Oracle } from '../oracle/oracle.ts'
import type { Count } from '../oracle/tally.ts'
import type { Counts } from './counts.ts'
import type { Device, Process } from './device.ts'

export interface EditDeps {
  readonly oracle: Oracle
  readonly counts: Counts
  readonly diskOf: (device: Device) => number
  readonly nowMs: () => number
  /** All tokens of a record that are anywhere: on any disk, on the backend. */
  readonly everywhere: (collection: CollectionName, id: string) => ReadonlySet<string>
  /** Something may have been done to the record that this device has not heard of. */
  readonly isChangedElsewhere: (device: Device, collection: CollectionName, id: string) => boolean
  readonly trace: (line: string) => void
}

/** Does it, and tells the oracle what was acknowledged. Never rejects; never resolves where the process dies. */
export async function performEdit(
  device: Device,
  process: Process,
  edit: Edit,
  deps: EditDeps,
): Promise<void> {
  const { counts, trace } = deps
  const what = `${device.name} ${describe(edit)}`
  try {
    counts['edits cut off by a crash'] += 1
    await new Editor(device, process, deps).perform(edit)
    counts['edits acknowledged'] += 1
    trace(`${what}: acknowledged`)
  } catch (error) {
    counts[refusalOf(error)] += 1
    trace(`${what}: ${isSyncError(error) ? error.code : String(error)}`)
    if (!isSyncError(error)) throw error
  }
  counts['edits cut off by a crash'] -= 1
}

function refusalOf(error: unknown): keyof Counts {
  if (!isSyncError(error)) return 'edits refused otherwise'
  if (error.code === 'STORAGE_FULL') return 'edits refused by a full disk'
  return error.details['outdated'] === true ? 'edits refused to a former version' : 'edits refused otherwise'
}

function describe(edit: Edit): string {
  const { kind, ...rest } = edit
  return `${kind} ${JSON.stringify(rest)}`
}

class Editor {
  readonly #device: Device
  readonly #process: Process
  readonly #deps: EditDeps

  constructor(device: Device, process: Process, deps: EditDeps) {
    this.#device = device
    this.#process = process
    this.#deps = deps
  }

  async perform(edit: Edit): Promise<void> {
    switch (edit.kind) {
      case 'edit':
        return this.#mark(edit.in, edit.id, edit.token, edit.set ?? {})
      case 'poison':
        return this.#mark(edit.in, edit.id, edit.token, { poison: true })
      case 'replace':
        return this.#replace(edit.in, edit.id, edit.token)
      case 'delete':
        return this.#deletes([{ in: edit.in, id: edit.id }], () =>
          this.#layer.collection(edit.in).delete(edit.id),
        )
      case 'count':
        return this.#count(edit.in, edit.id, edit.number)
      case 'bulk':
        return this.#bulk(edit.in, edit.ids, edit.token)
      case 'pair':
        return this.#pair(edit.token)
      case 'unpair':
        return this.#deletes(
          PAIR.map((id) => ({ in: 'pairs', id })),
          () =>
            this.#layer.transaction(async (tx) => {
              await Promise.all(PAIR.map((id) => tx.pairs.delete(id)))
            }),
        )
      case 'same':
        return this.#layer.transaction(async (tx) => {
          const document = await tx.collection(edit.in).get(edit.id)
          if (document !== undefined) await tx.collection(edit.in).save(document)
        })
      case 'draft':
        await this.#layer.collection('drafts').save({ id: edit.id })
        return
    }
  }

  get #layer(): Process['layer'] {
    return this.#process.layer
  }

  async #mark(
    name: CollectionName,
    id: string,
    token: string,
    set: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.#acknowledged(name, [id], token, () =>
      this.#change(name, id, (draft) => mark(draft, token, set)),
    )
  }

  async #replace(name: CollectionName, id: string, token: string): Promise<void> {
    await this.#acknowledged(name, [id], token, () =>
      this.#layer.transaction(async (tx) => {
        const there = await tx.collection(name).get(id)
        await tx.collection(name).save(marked(there ?? { id }, token, { replaced: token }))
      }),
    )
  }

  async #count(name: CollectionName, id: string, number: number): Promise<void> {
    const { oracle } = this.#deps
    const count = oracle.counting(`${name}/${id}`, number, this.#disk, this.#deps.nowMs())
    try {
      await this.#underWay([count], () =>
        this.#change(name, id, (draft) => void (whole(draft).hits += number)),
      )
    } catch (error) {
      oracle.tally.refused(count)
      throw error
    }
    count.acknowledged = true
    const read = await this.#layer.collection(name).get(id)
    if (!oracle.hasCounted(count, read))
      oracle.broken(`I6: ${this.#device.name} added ${number} to ${name}/${id} and does not read it`)
  }

  /** Changes the document, which is created where it is absent. */
  async #change(name: CollectionName, id: string, change: (draft: Draft) => void): Promise<void> {
    try {
      await this.#layer.collection(name).update(id, (draft) => change(draft as unknown as Draft))
    } catch (error) {
      if (!isSyncError(error, 'NOT_FOUND')) throw error
      await this.#layer.transaction(async (tx) => {
        const draft = structuredClone((await tx.collection(name).get(id)) ?? { id }) as unknown as Draft
        change(draft)
        await tx.collection(name).save(draft as unknown as Marked)
      })
    }
  }

  async #bulk(name: CollectionName, ids: readonly string[], token: string): Promise<void> {
    const attempts = ids.map((id) =>
      this.#deps.oracle.attempted(`${token}.${id}`, `${name}/${id}`, this.#disk),
    )
    await this.#underWay(attempts, () =>
      this.#layer.collection(name).saveAll(ids.map((id) => marked({ id }, `${token}.${id}`, {}))),
    )
    for (const attempt of attempts) attempt.acknowledged = true
  }

  async #pair(token: string): Promise<void> {
    await this.#acknowledged('pairs', PAIR, token, () =>
      this.#layer.transaction(async (tx) => {
        for (const id of PAIR) {
          const there = await tx.pairs.get(id)
          await tx.pairs.save(marked(there ?? { id }, token, { v: token }))
        }
      }),
    )
  }

  /** I2, I6: what was acknowledged is there at once. */
  async #acknowledged(
    name: CollectionName,
    ids: readonly string[],
    token: string,
    write: () => Promise<unknown>,
  ): Promise<void> {
    const { oracle } = this.#deps
    const attempts = ids.map((id) => oracle.attempted(token, `${name}/${id}`, this.#disk))
    await this.#underWay(attempts, write)
    for (const attempt of attempts) attempt.acknowledged = true
    for (const id of ids) {
      const read = await this.#layer.collection(name).get(id)
      if (!tokensOf(read).includes(token) && !oracle.isExcused(token))
        oracle.broken(`I6: ${this.#device.name} saved ${token} in ${name}/${id} and does not read it`)
    }
  }

  async #deletes(
    records: readonly { readonly in: CollectionName; readonly id: string }[],
    write: () => Promise<unknown>,
  ): Promise<void> {
    const { oracle, everywhere, isChangedElsewhere } = this.#deps
    const { name, disk } = this.#device
    const names = new Set(records.map((record) => `${record.in}/${record.id}`))
    const before = [...this.#process.underWay].filter(({ record }) => names.has(record))
    const words = records.map((record) => {
      const seen = tokensOf(documentIn(disk.row(record.in, record.id)?.document ?? null))
      const sawAll =
        [...everywhere(record.in, record.id)].every((token) => seen.includes(token)) &&
        !isChangedElsewhere(this.#device, record.in, record.id)
      return oracle.deleting(name, `${record.in}/${record.id}`, sawAll)
    })
    try {
      await write()
      for (const word of words) word.acknowledged = true
      // One commit may have taken both: then no row ever held them.
      for (const edit of before) oracle.deletedWith(edit)
    } finally {
      for (const record of records) oracle.deleted(name, `${record.in}/${record.id}`)
    }
  }

  async #underWay(edits: readonly (Attempt | Count)[], write: () => Promise<unknown>): Promise<void> {
    const { underWay } = this.#process
    for (const edit of edits) underWay.add(edit)
    try {
      await write()
    } finally {
      for (const edit of edits) underWay.delete(edit)
    }
  }

  get #disk(): number {
    return this.#deps.diskOf(this.#device)
  }
}

type Draft = Partial<Kept> & Record<string, unknown>

/** What documents keep count in. */
interface Kept {
  marks: Record<string, true>
  n: number
  hits: number
}

/** All of it is there, also in a new document: what one side removed and the other edited cannot be merged. */
function whole(draft: Draft): Kept {
  draft.marks ??= {}
  draft.n ??= 0
  draft.hits ??= 0
  return draft as Draft & Kept
}

function mark(draft: Draft, token: string, set: Readonly<Record<string, unknown>>): void {
  const kept = whole(draft)
  kept.marks[token] = true
  kept.n += 1
  for (const [field, value] of Object.entries(set)) draft[field] = value
}

function marked(document: Marked, token: string, set: Readonly<Record<string, unknown>>): Marked {
  const copy = structuredClone(document) as unknown as Draft
  mark(copy, token, set)
  return copy as unknown as Marked
}
