/** A collection of the backend, as its GET endpoint gives it. */
import type { Clock, Logger } from '@synclayer/core/adapter'
import { SyncError } from '@synclayer/core/adapter'
import type { HttpClient } from '@synclayer/adapter-kit/http'
import { brokenAnswer, errorOf } from '../http/map-error.ts'
import { collectionPath } from './collection-path.ts'
import type { Source } from './read-step.ts'
import { readSimplePage } from './simple-page.ts'

export interface SourceDeps {
  readonly client: HttpClient
  readonly clock: Clock
  readonly logger: Logger
  /** Warnings that were given, so that each is given once. */
  readonly warned: Set<string>
}

export function createSource(
  { client, clock, logger, warned }: SourceDeps,
  scope: string,
  collection: string,
  signal: AbortSignal,
): Source {
  return {
    collection,
    now: () => clock.now(),
    async ask({ since, limit }) {
      const query = { ...(since === null ? {} : { since }), limit: String(limit) }
      const answer = await client.request(
        { method: 'GET', path: collectionPath(collection, scope, query) },
        signal,
      )
      if (answer.status === 410 && answer.body !== undefined) {
        throw new SyncError('CURSOR_EXPIRED', `${answer.asked} keeps no changes as old as these any more`)
      }
      if (answer.status !== 200) throw errorOf(answer)
      const page = readSimplePage(answer.body, collection)
      if (page === null) throw brokenAnswer(answer.asked, 'A list of records, or {"records"}, was expected')
      return page
    },
    warn(what) {
      const message = `The backend of ${collection} ${what}.`
      if (warned.has(message)) return
      warned.add(message)
      logger.log('warning', message, { collection, scope })
    },
  }
}
