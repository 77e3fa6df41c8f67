/**
 * Engines on one backend in virtual time, each with its own store, wire and disk, for tests that need to say exactly
 * what goes wrong and when.
 */
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type { Random } from '../ports/random.ts'
import type { JsonObject } from '../shared/json.ts'
import { type ClientOptions, LabClient, withoutId } from './lab-client.ts'
import { createModelBackend, type ModelBackend } from './model-backend.ts'
import { seededRandom } from './seeded-random.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

export interface LabOptions {
  readonly seed?: number
  readonly capabilities?: Partial<AdapterCapabilities>
}

/** A lab whose every choice follows from the seed. */
export function createLab(options: LabOptions = {}): EngineLab {
  return new EngineLab(options)
}

export class EngineLab {
  readonly options: LabOptions
  readonly time: VirtualTime = createVirtualTime()
  readonly backend: ModelBackend = createModelBackend({ now: () => this.time.clock.now() })
  readonly random: Random
  readonly clients: LabClient[] = []
  /** The last place in the outbox that was given. */
  orders = 0

  constructor(options: LabOptions) {
    this.options = options
    this.random = seededRandom(options.seed ?? 1)
  }

  /** A client whose engine has been started; it syncs when told to, unless its settings say `auto`. */
  async client(options: ClientOptions = {}): Promise<LabClient> {
    const client = new LabClient(this, options)
    this.clients.push(client)
    await client.open()
    return client
  }

  /** Lets time pass until the promise is settled. Throws where it is not within `maxMs`. */
  async during<T>(promise: Promise<T>, maxMs = 600_000): Promise<T> {
    let settled = false
    const note = (): void => void (settled = true)
    promise.then(note, note)
    if (!(await this.time.until(() => settled, maxMs)))
      throw new Error(`Nothing came of it within ${maxMs} ms.`)
    return promise
  }

  /** What the backend holds alive, by id. */
  contents(scope = 'default', collection = 'items'): Record<string, JsonObject> {
    const alive = this.backend
      .records(scope)
      .filter((record) => record.collection === collection && !record.deleted)
    return Object.fromEntries(alive.map(({ id, data }) => [id, withoutId(data as JsonObject)]))
  }
}
