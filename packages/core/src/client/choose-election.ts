/** How the processes on a store find out which of them syncs: by what they have in common. */
import { type Elect, electSolo } from '../leadership/leadership.ts'
import { electByLease } from '../leadership/lease-election.ts'
import { electByLock } from '../leadership/lock-election.ts'
import type { Storage } from '../ports/storage.ts'
import { toHex } from '../shared/bytes.ts'
import type { ClientDeps } from './client-deps.ts'

export function chooseElection(storage: Storage, deps: ClientDeps): Elect {
  const { locks, channels, scheduler, random } = deps
  const { identity } = storage
  if (!storage.capabilities.crossProcess || !deps.elects) return electSolo
  if (locks !== null && channels !== null && identity !== undefined)
    return electByLock({ locks, channels, scheduler, identity })
  return electByLease({ storage, scheduler, newHolder: () => toHex(random.bytes(8)) })
}
