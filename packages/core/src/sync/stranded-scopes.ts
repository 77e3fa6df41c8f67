import type { Lane, Storage } from '../ports/storage.ts'

const LANES: readonly Lane[] = ['waiting', 'sending', 'parked']
const PAGE = 500

/**
 * The scopes of what is unsent, but for those that are `known`. One process on a store may have left a scope, and another,
 * which had not heard of it, may have saved there since: that is still to be sent (R9).
 */
export async function strandedScopes(storage: Storage, known: readonly string[]): Promise<readonly string[]> {
  let unaccounted = await sizeOf(storage, null)
  for (const scope of known) unaccounted -= await sizeOf(storage, scope)
  if (unaccounted === 0) return []
  const found = new Set<string>()
  for (const lane of LANES) {
    for (let after = 0; ;) {
      const rows = await storage.outbox({ lane, scope: null, after, limit: PAGE })
      for (const row of rows) if (!('damaged' in row) && !known.includes(row.scope)) found.add(row.scope)
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE) break
      after = last.order
    }
  }
  return [...found]
}

async function sizeOf(storage: Storage, scope: string | null): Promise<number> {
  const { waiting, sending, parked } = await storage.outboxSize(scope)
  return waiting + sending + parked
}
