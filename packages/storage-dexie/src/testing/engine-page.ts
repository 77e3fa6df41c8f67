/** The whole engine over `dexieStorage`, in a page. */
import { expose } from '@synclayer/browser-lab/page'
import { collection, createSyncLayer, type SyncLayer } from '@synclayer/core'
import { dexieStorage } from '../index.ts'

export interface Note {
  readonly id: string
  readonly size: number
  readonly label: string
}

export interface EnginePage {
  /** Opens the client; with `indexes` as an app of that version declares them. */
  readonly open: (name: string, indexes: readonly string[]) => Promise<void>
  readonly close: () => Promise<void>
  /** Saves that many notes at once, each by a call of its own. */
  readonly saveMany: (count: number) => Promise<void>
  readonly save: (note: Note) => Promise<void>
  readonly count: () => Promise<number>
  /** The notes of a size, and how many rows were read from IndexedDB for them. */
  readonly ofSize: (size: number) => Promise<{ readonly ids: readonly string[]; readonly rowsRead: number }>
  /** Follows the notes of a size. */
  readonly watch: (size: number) => void
  /** What the followed notes were: the ids of each result. */
  readonly watched: () => readonly (readonly string[])[]
}

const definitions = (indexes: readonly string[]) => ({
  notes: collection<Note & Record<string, unknown>>({ indexes: [...indexes] as ('size' | 'label')[] }),
})

let client: SyncLayer<ReturnType<typeof definitions>>
const results: (readonly string[])[] = []
let rowsRead = 0

countReads(IDBObjectStore.prototype)
countReads(IDBIndex.prototype)

expose<EnginePage>({
  async open(name, indexes) {
    const storage = dexieStorage({ name, persist: false })
    client = await createSyncLayer({ storage, collections: definitions(indexes) })
  },
  close: () => client.close(),
  async saveMany(count) {
    const notes = client.collection('notes')
    const saves = Array.from({ length: count }, (_, at) =>
      notes.save({ id: `n${String(at).padStart(6, '0')}`, size: at % 1_000, label: `l${at % 7}` }),
    )
    await Promise.all(saves)
  },
  async save(note) {
    await client.collection('notes').save({ ...note })
  },
  count: () => client.collection('notes').count(),
  async ofSize(size) {
    rowsRead = 0
    const found = await client.collection('notes').where({ size }).get()
    return { ids: found.map(({ id }) => id), rowsRead }
  },
  watch(size) {
    const live = client.collection('notes').where({ size }).watch()
    live.subscribe((notes) => results.push(notes.map(({ id }) => id)))
  },
  watched: () => results,
})

/** Counts the rows that the ways of reading many give. */
function countReads(prototype: IDBObjectStore | IDBIndex): void {
  for (const method of ['get', 'getAll', 'getAllRecords', 'openCursor'] as const) {
    const methods = prototype as unknown as Record<string, (...args: unknown[]) => IDBRequest<unknown>>
    const original = methods[method]
    if (original === undefined) continue
    methods[method] = function (this: unknown, ...args) {
      const request = original.apply(this, args)
      request.addEventListener('success', () => {
        rowsRead += Array.isArray(request.result) ? request.result.length : 1
      })
      return request
    }
  }
}
