/** A platform for tests: time stands still, randomness repeats, the log is kept. */
import type { CollectionsOption } from '../client/collection-definition.ts'
import type { ClientDeps } from '../client/client-deps.ts'
import { createClient } from '../client/create-client.ts'
import type { SyncLayerOptions } from '../client/options.ts'
import type { SyncLayer } from '../client/sync-layer.ts'
import type { LogLevel } from '../ports/logger.ts'
import { type FakeConnectivity, fakeConnectivity } from './fake-connectivity.ts'
import { seededRandom } from './seeded-random.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

export interface LoggedLine {
  readonly level: LogLevel
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface TestDeps extends ClientDeps {
  /** The time all of it runs on. */
  readonly time: VirtualTime
  readonly connectivity: FakeConnectivity
  /** What was logged, oldest first. */
  readonly logged: readonly LoggedLine[]
}

export interface TestDepsOptions {
  readonly seed?: number
  readonly time?: VirtualTime
}

/** Everything a client takes from its platform. Give several clients one time to let them share it. */
export function testDeps(options: TestDepsOptions = {}): TestDeps {
  const time = options.time ?? createVirtualTime()
  const logged: LoggedLine[] = []
  return {
    time,
    clock: time.clock,
    scheduler: time.scheduler,
    random: seededRandom(options.seed ?? 1),
    connectivity: fakeConnectivity(),
    locks: null,
    channels: null,
    elects: true,
    logged,
    holdProcess: () => () => undefined,
    logger: {
      log: (level, message, details) =>
        void logged.push({ level, message, ...(details === undefined ? {} : { details }) }),
    },
  }
}

/** `createSyncLayer` on a platform of the test's. */
export function createTestLayer<const Collections extends CollectionsOption>(
  options: SyncLayerOptions<Collections>,
  deps: ClientDeps = testDeps(),
): Promise<SyncLayer<Collections>> {
  return createClient(options, deps)
}
