/** A server that one test has for itself: it may be killed, and started again on the same data. */
import type { RunningServer } from './definition.ts'
import type { Started } from './start.ts'

export interface OwnServer extends RunningServer {
  /** Ends it and its children at once, by SIGKILL, as a crash would. The data stays. */
  readonly kill: () => Promise<void>
  /** Asks it to end, and waits for that. The data stays. */
  readonly stop: () => Promise<void>
  /** Starts it again on its data, at the same URL, and waits until it answers. */
  readonly start: () => Promise<void>
  /** Stops it, and starts it again. */
  readonly restart: () => Promise<void>
  /** Stops it for good, and removes its data. Done in any case when this process ends. */
  readonly end: () => Promise<void>
}

export function ownServerOf({ server, keeper, untilReady }: Started): OwnServer {
  const start = async (): Promise<void> => {
    await keeper.order('start')
    await untilReady()
  }
  return {
    ...server,
    kill: () => keeper.order('kill'),
    stop: () => keeper.order('stop'),
    start,
    async restart() {
      await keeper.order('stop')
      await start()
    },
    end: () => keeper.order('end'),
  }
}
