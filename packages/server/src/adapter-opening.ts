/** Opens the adapter, once; where that fails, again when somebody asks, though not all the time. */
import { SyncError } from '@synclayer/core/adapter'
import { backendError } from './operations/backend-error.ts'
import type { CheckedOptions } from './options.ts'

/** A failure is everybody's answer for so long. */
const FAILED_FOR_MS = 1_000

export interface AdapterOpening {
  /** Resolves once the adapter is open; rejects with its error where it cannot be opened. */
  ready(): Promise<void>
  /** The same for whoever asks from outside: the error may be shown to clients. */
  readyForClients(): Promise<void>
  /** Waits for an opening under way, and closes what was opened. */
  close(): Promise<void>
}

export function createAdapterOpening({
  adapter,
  collections,
  logger,
  clock,
  random,
  timers,
}: Pick<
  CheckedOptions,
  'adapter' | 'collections' | 'logger' | 'clock' | 'random' | 'timers'
>): AdapterOpening {
  let opening: Promise<void> | undefined
  let closed = false

  const open = async (): Promise<void> => {
    try {
      await adapter.open({
        collections: collections ?? [],
        scopes: [],
        logger,
        clock,
        random,
        traffic: { sent: () => undefined, received: () => undefined },
      })
    } catch (error) {
      logger.log('error', 'The adapter could not be opened', { adapter: adapter.name, error })
      timers.after(FAILED_FOR_MS, () => (opening = undefined))
      throw error
    }
  }

  const ready = async (): Promise<void> => {
    if (closed) throw new SyncError('CLOSED', 'The server is closed')
    await (opening ??= open())
  }

  return {
    ready,
    readyForClients: () =>
      ready().catch((error: unknown) => {
        throw backendError(error)
      }),
    async close() {
      closed = true
      if (opening === undefined) return
      const isOpen = await opening.then(
        () => true,
        () => false,
      )
      if (isOpen) await adapter.close()
    },
  }
}
