/** Whether this process is the one on its store that syncs, as the engine asks for it and is told. */
import { type Candidacy, electSolo, type Told } from '../leadership/leadership.ts'
import { fingerprint } from '../shared/fingerprint.ts'
import type { SyncStatus } from './events.ts'
import { shownToOthers } from './shown-status.ts'
import type { EngineDeps } from './sync-deps.ts'

export interface Lead {
  /** Stands for the lead. Who syncs only when told to does not: it would be of no use to the others. */
  stand(): void
  /** Leaves the lead, or its place in the queue, to others. Resolves once they may have it. */
  handOver(): Promise<void>
  /** What is synced here may have changed, and so with whom it shares a leader. */
  regroup(): Promise<void>
  show(status: SyncStatus): void
  storeChanged(): void
  revived(): void
}

export interface LeadOptions {
  readonly deps: EngineDeps
  readonly scopes: () => readonly string[]
  readonly told: Told
}

export function createLead({ deps, scopes, told }: LeadOptions): Lead {
  let candidacy: Candidacy | null = null
  let left: Promise<void> = Promise.resolve()
  let group = ''
  let isWanted = false

  /** Who can sync for whom: processes that sync the same scopes of the same collections, in the same versions. */
  const groupNow = (): string => {
    const versions = [...deps.collections.values()].map(({ name, schema }) => `${name}@${schema}`)
    return fingerprint(JSON.stringify([[...scopes()].sort(), versions.sort()]))
  }

  const stand = (): void => {
    if (!deps.settings.auto || candidacy !== null) return
    isWanted = true
    group = groupNow()
    candidacy = deps.elect(group, told)
  }

  const leave = (): Promise<void> => {
    if (candidacy !== null) left = candidacy.close()
    candidacy = null
    return left
  }

  return {
    stand,
    handOver() {
      isWanted = false
      return leave()
    },
    async regroup() {
      if (candidacy === null || deps.elect === electSolo || group === groupNow()) return
      await leave()
      if (!isWanted) return
      told.follows()
      stand()
    },
    show: (status) => candidacy?.show(shownToOthers(status)),
    storeChanged: () => candidacy?.storeChanged(),
    revived: () => candidacy?.revived(),
  }
}
