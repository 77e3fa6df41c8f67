/** The frame of the storage suite: where tests get their stores from, and the rows they write. */
import type {
  DamagedRecord,
  RecordWrite,
  Storage,
  StorageSchema,
  StoredRecord,
} from '@synclayer/core/storage'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import { readRunSettings, type RunSettings } from '../run-settings.ts'
import { TEST_TIMEOUT_MS, type TestRunner } from '../runner.ts'

/** What `create` is told. */
export interface StorageContext {
  /**
   * Names the data: letters, digits and hyphens. The same location is the same data, also after a handle on it was closed;
   * a location never seen before is empty. Make a file name, a database name or a key of a map of it.
   */
  readonly location: string
}

/** How the suite is run on a storage. */
export interface StorageConformanceOptions extends TestRunner {
  /** A storage over a location, not opened yet; a new object with every call. */
  readonly create: (context: StorageContext) => Storage | Promise<Storage>
  /** Removes the data of a location; called once its handles are closed. */
  readonly destroy?: (context: StorageContext) => void | Promise<void>
  /**
   * Whether two handles may be open over one location at the same time (default true). When false, the storage must say
   * `crossProcess: false`.
   */
  readonly shared?: boolean
  /** Seeds of the random tests; a failure names the seed. */
  readonly seeds?: readonly number[]
  /** How long random commands go on after those seeds, not at all unless told, and from which seed. */
  readonly random?: RunSettings
}

/** What the body of a test gets: the data of one location, new for each test. */
export interface TestStore {
  /** A new handle on the data, open. */
  readonly open: (schema?: Partial<StorageSchema>) => Promise<Storage>
  /** A new handle on the data, not open. */
  readonly create: () => Promise<Storage>
}

/** The suite as its groups see it. */
export interface StorageSuite {
  readonly group: (name: string, body: () => void) => void
  readonly test: (name: string, body: (store: TestStore) => Promise<void>, timeoutMs?: number) => void
  readonly shared: boolean
  readonly seeds: readonly number[]
  readonly random: Required<RunSettings>
}

/** The collections of most tests. Two names differ in case only. */
export const COLLECTIONS: StorageSchema['collections'] = [
  { name: 'notes', indexes: ['size', 'label'] },
  { name: 'Notes', indexes: [] },
  { name: 'tags', indexes: ['label'] },
]

const DEFAULT_SEEDS = [1, 2, 3, 4, 5]

/** Counts locations; with the time it makes names that no earlier run has left data under. */
let locationCount = 0

/** Sets the frame up for a storage. */
export function createStorageSuite(options: StorageConformanceOptions): StorageSuite {
  const { describe, test, create, destroy, shared = true, seeds = DEFAULT_SEEDS } = options
  const run = new Date().getTime().toString(36)
  return {
    shared,
    seeds,
    random: readRunSettings(options.random, 0),
    group: (name, body) => void describe(name, body),
    test(name, body, timeoutMs = TEST_TIMEOUT_MS) {
      const runTest = async (): Promise<void> => {
        const context = { location: `conformance-${run}-${++locationCount}` }
        const handles: Storage[] = []
        const createHandle = async (): Promise<Storage> => {
          const storage = await create(context)
          handles.push(storage)
          return storage
        }
        const open = async (schema: Partial<StorageSchema> = {}): Promise<Storage> => {
          const storage = await createHandle()
          const [durability] = storage.capabilities.durability
          await storage.open({ collections: COLLECTIONS, durability: assertPresent(durability), ...schema })
          return storage
        }
        try {
          await body({ open, create: createHandle })
        } finally {
          for (const storage of handles) await storage.close()
          await destroy?.(context)
        }
      }
      test(name, runTest, timeoutMs)
    },
  }
}

/** A row to write: of `notes`, clean, with a document and two keys, unless told otherwise. */
export function row(id: string, fields: Partial<RecordWrite> = {}): RecordWrite {
  const { document = JSON.stringify({ id }), collection = 'notes' } = fields
  const keyCount = COLLECTIONS.find(({ name }) => name === collection)?.indexes.length ?? 0
  return {
    collection,
    id,
    scope: 'default',
    document,
    base: null,
    sync: '{}',
    lane: null,
    order: 0,
    keys: document === null ? [] : Array.from({ length: keyCount }, () => bytes(1)),
    ...fields,
  }
}

/** Bytes, written short. */
export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** The row of an answer, which must be there and whole. */
export function whole(answer: StoredRecord | DamagedRecord | undefined): StoredRecord {
  const present = assertPresent(answer, 'row')
  assert(!('damaged' in present), `row ${present.id}: expected a whole row, got a damaged one`)
  return present
}

/** Fails unless a row is as it was written, whatever its revision. */
export function assertStored(
  answer: StoredRecord | DamagedRecord | undefined,
  write: RecordWrite,
): StoredRecord {
  const stored = whole(answer)
  const { keys: _keys, ...expected } = write
  const { revision, ...actual } = stored
  assert(Number.isSafeInteger(revision), `revision: expected a safe integer, got ${revision}`)
  assertEqual(actual, expected, `row ${write.id}`)
  return stored
}

/** Commits, and fails unless it is committed. */
export async function commit(storage: Storage, ...args: Parameters<Storage['commit']>): Promise<void> {
  assertEqual(await storage.commit(...args), { status: 'committed' }, 'commit')
}

/** The row of a key, or undefined. */
export async function readOne(
  storage: Storage,
  id: string,
  collection = 'notes',
): Promise<StoredRecord | DamagedRecord | undefined> {
  const answers = await storage.read([{ collection, id }])
  assertEqual(answers.length, 1, 'answers')
  return answers[0]
}
