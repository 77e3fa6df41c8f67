/** What the database warns of the user's tables, for the app's logger: a table that cannot be read is found so at every look. */
import type { Logger } from '@synclayer/core/adapter'
import type { DatabaseError } from 'pg'
import { TABLE_WARNING } from './sql/tables-sequence.ts'

type NoticeMessage = Pick<DatabaseError, 'code' | 'table'> & { readonly message: string | undefined }

const SAME_EVERY_MS = 60_000
const REMEMBERED = 1_000

/** Takes what a connection emits as `notice`. The same warning is logged once a minute at most. */
export function createWarningLog(logger: Logger): (notice: NoticeMessage) => void {
  const loggedAt = new Map<string, number>()
  return ({ code, message = '', table = null }) => {
    if (code !== TABLE_WARNING) return
    const now = performance.now()
    if (now - (loggedAt.get(message) ?? -SAME_EVERY_MS) < SAME_EVERY_MS) return
    loggedAt.delete(message)
    loggedAt.set(message, now)
    const [oldest] = loggedAt.keys()
    if (loggedAt.size > REMEMBERED && oldest !== undefined) loggedAt.delete(oldest)
    logger.log('error', message, { collection: table })
  }
}
