import type { PurgeReport } from '@synclayer/core/adapter'
import { assertPresent } from '../expect.ts'
import type { Bench } from './bench.ts'

/**
 * Purges the tombstones of what was written since `began`, and spares its results, which live twice as long: waits until
 * all of it is older than one retention, and none of it as old as two.
 */
export async function purgeTombstonesOnly({ adapter, client }: Bench, began: number): Promise<PurgeReport> {
  const took = Date.now() - began
  await new Promise((resolve) => setTimeout(resolve, Math.max(60, 4 * took)))
  const watch = client({ id: 'watch' })
  // By the backend's own clock, where it has one.
  const now = (await watch.pull(0)).serverTime ?? Date.now()
  const age = Date.now() - began
  return assertPresent(adapter.purge)({ scope: watch.scope, before: now - Math.ceil(age * 0.7) })
}
