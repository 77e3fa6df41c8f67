import { SyncError } from '@synclayer/core/adapter'
import type { Session } from './session.ts'

/**
 * Throws BACKEND_FAILED on a server that is read-only, as replicas are: it may lack what others have seen. Where a cursor tells
 * how much that is, it can be asked all the same; a snapshot of it could take back what a client was told was accepted.
 */
export async function refuseReplica(session: Session): Promise<void> {
  const [row] = await session.rows(`SELECT CAST(@@GLOBAL.read_only AS CHAR) NOT IN ('0', 'OFF')`)
  if (row?.[0] !== 1) return
  throw new SyncError(
    'BACKEND_FAILED',
    'The server is read-only, as a replica is, and may lack what others have seen. Ask the primary',
  )
}
