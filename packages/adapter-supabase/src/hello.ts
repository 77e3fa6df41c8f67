import { isSyncError, SyncError } from '@synclayer/core/adapter'
import type { Api } from './api.ts'
import { API_VERSION } from './limits.ts'

/** Nobody else limits how long opening takes. */
const ANSWER_WITHIN_MS = 20_000

/** Asks whether the functions are there, and of our version. Rejects with NOT_SUPPORTED where they are not. */
export async function sayHello(api: Api): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_WITHIN_MS)
  let version: unknown
  try {
    version = await api.call('hello', '{}', (answer) => answer['api'], limit)
  } catch (error) {
    if (!isSyncError(error, 'ABORTED')) throw error
    throw new SyncError('TIMEOUT', `The project did not answer within ${ANSWER_WITHIN_MS} ms.`, {
      cause: error,
    })
  }
  if (version === API_VERSION) return
  throw new SyncError(
    'NOT_SUPPORTED',
    `The functions in the database are of version ${String(version)}, and this adapter of ${API_VERSION}: apply the migration that \`npx synclayer-supabase migration\` makes, or update the app.`,
    { details: { version } },
  )
}
