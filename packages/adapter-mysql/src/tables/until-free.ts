/** Waits for rows that other programs hold, without anything of one's own held meanwhile, and pushes again. */
import type { Unit } from '@synclayer/adapter-kit'
import { isSyncError, type PushResult } from '@synclayer/core/adapter'
import type { Backend } from '../backend.ts'
import { awaitRow, HELD } from './table-rows.ts'

/**
 * Pushes the units, and those again that met a row which someone else holds, for as long as one waits for locks. Their
 * outcome is `retry` where that was in vain.
 */
export async function untilFree(
  backend: Backend,
  units: readonly Unit[],
  push: (units: readonly Unit[]) => Promise<readonly PushResult[]>,
): Promise<readonly PushResult[]> {
  const begun = backend.now()
  let results = await push(units)
  let held = heldOf(backend, units, results)
  while (held.length > 0 && Math.abs(backend.now() - begun) < backend.lockTimeoutMs) {
    try {
      await awaitRows(backend, held)
      const again = new Map((await push(held)).map((result) => [result.id, result]))
      results = results.map((result) => again.get(result.id) ?? result)
    } catch (error) {
      // They are answered as not known, and that is what they are.
      if (!isSyncError(error)) throw error
      break
    }
    held = heldOf(backend, held, results)
  }
  return results
}

/** Other outcomes to be sent again, such as those of a client that is behind, are none of these. */
function heldOf(
  { tables }: Backend,
  units: readonly Unit[],
  results: readonly PushResult[],
): readonly Unit[] {
  const held = new Set(
    results.filter((result) => result.status === 'retry' && result.code === HELD.code).map(({ id }) => id),
  )
  if (held.size === 0) return []
  return units.filter((unit) =>
    unit.some(({ mutation }) => held.has(mutation.id) && tables.current.has(mutation.collection)),
  )
}

/** One after the other, so that two who wait can never wait for each other. */
async function awaitRows({ database, tables }: Backend, held: readonly Unit[]): Promise<void> {
  for (const { mutation } of held.flat()) {
    const table = tables.current.get(mutation.collection)
    if (table === undefined) continue
    await database.use('waiting for a row', (session) => awaitRow(session, table, mutation.recordId))
  }
}
