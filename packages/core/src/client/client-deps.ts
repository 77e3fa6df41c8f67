/** What a client takes from the platform it runs on; tests give it their own. */
import type { Channels } from '../ports/channel.ts'
import type { Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import type { Locks } from '../ports/locks.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Scheduler } from '../ports/scheduler.ts'

export interface ClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  readonly connectivity: Connectivity
  /** Null where the platform has none. */
  readonly locks: Locks | null
  readonly channels: Channels | null
  /** False: all processes on a store sync, for tests that show that nothing rests on there being one. */
  readonly elects: boolean
  /** Where the log goes when the app names a level and no logger of its own. */
  readonly logger: Logger
  /**
   * Keeps the process running until what it answers is called: timers alone do not, and somebody waits. Does nothing on
   * platforms that do not end by themselves.
   */
  holdProcess(): () => void
}
