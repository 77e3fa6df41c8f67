/**
 * The lead by a lease in the store, for processes that have nothing else in common. Taken, answered for and given back by
 * conditional commits. It is tended when others write to the store, or by a timer where the storage tells of no changes.
 */
import type { Scheduler } from '../ports/scheduler.ts'
import { LEASE_PREFIX, type Storage } from '../ports/storage.ts'
import type { Json } from '../shared/json.ts'
import { readEntries } from '../store/read-entries.ts'
import type { Candidacy, Elect, Told } from './leadership.ts'
import { type LeaderWatch, watchLeader } from './leader-watch.ts'
import { answered, asked, type Lease, parseLease, released, taken } from './lease-state.ts'
import { TICK_MS } from './watch-state.ts'

export interface LeaseElectionDeps {
  readonly storage: Storage
  readonly scheduler: Scheduler
  /** A name for one candidate, never given before. */
  newHolder(): string
}

/** What is found at the start may be left by a process that was killed: it is asked four times within a second. */
const FIRST_MS = 250

/** Between two times that the status is written. */
const SHOW_MS = 250

/** So often the status is written after a question; followers ask every other second. */
const SHOWN_PER_QUESTION = 16

/** A lease that changes under each of so many tries is looked at again later. */
const MOST_TRIES = 20

export function electByLease(deps: LeaseElectionDeps): Elect {
  return (group, told) => standForLease(deps, LEASE_PREFIX + group, told)
}

function standForLease(deps: LeaseElectionDeps, name: string, told: Told): Candidacy {
  const { storage, scheduler } = deps
  const me = deps.newHolder()
  let leads = false
  let closed = false
  let seen: Lease | null = null
  let watch: LeaderWatch | null = null
  let status: Json = null
  let showsLeft = 0
  let cancelShow: (() => void) | null = null
  let cancelTending = (): void => undefined
  let work: Promise<void> = Promise.resolve()

  const change = async (move: (lease: Lease | null) => Lease | null): Promise<void> => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const [entry] = await readEntries(storage, [name], () => undefined)
      const before = entry === undefined || entry === 'damaged' ? null : parseLease(entry.value)
      const after = move(before)
      if (after !== before) {
        const value = after === null ? null : JSON.stringify(after)
        const expect = entry === 'damaged' ? [] : [{ entry: name, revision: entry?.revision ?? null }]
        const { status: outcome } = await storage.commit({ entries: [{ name, value }] }, expect)
        if (outcome === 'stale') continue
      }
      if (!closed && after !== null) see(after)
      return
    }
  }

  /** One after another. `failed` is called where the store does. */
  const act = (
    move: (lease: Lease | null) => Lease | null,
    failed: () => void = () => undefined,
  ): Promise<void> => {
    work = work.then(() => change(move)).catch(failed)
    return work
  }

  const see = (lease: Lease): void => {
    const isNews = seen !== null && !isSame(lease, seen)
    seen = lease
    if (lease.holder === me) {
      if (!leads) lead()
    } else {
      if (leads) {
        leads = false
        told.follows()
      }
      follow()
      if (isNews) watch?.heard()
      if (lease.status !== null) told.shown(lease.status)
    }
  }

  const follow = (): void => {
    watch ??= watchLeader({
      scheduler,
      firstMs: storage.changes === undefined ? TICK_MS : FIRST_MS,
      ask: () => void act((lease) => (lease === null ? taken(lease, me) : asked(lease))),
      take() {
        const suspect = seen
        // Another follower may have been quicker.
        void act(
          (lease) => (lease === null || isSame(lease, suspect) ? taken(lease, me) : lease),
          // Where nobody can take the lease, all lead.
          () => {
            if (!closed && !leads) lead()
          },
        )
      },
    })
  }

  const lead = (): void => {
    leads = true
    watch?.stop()
    watch = null
    told.leads()
  }

  /** What is to be done whenever the lease may have changed. */
  const tend = (lease: Lease | null): Lease => {
    // Given back, or lost with the store's content.
    if (lease === null) return taken(lease, me)
    if (!leads) return lease
    if (lease.asked > lease.answered) showsLeft = SHOWN_PER_QUESTION
    return answered(lease, me, showsLeft > 0 ? status : undefined)
  }

  const keepTending = (): void => {
    cancelTending = scheduler.after(TICK_MS, () => {
      void act(tend)
      keepTending()
    })
  }
  follow()
  if (storage.changes === undefined) keepTending()

  return {
    show(next) {
      status = next
      if (!leads || showsLeft === 0 || cancelShow !== null) return
      cancelShow = scheduler.after(SHOW_MS, () => {
        cancelShow = null
        void act(tend)
        showsLeft -= 1
      })
    },
    storeChanged: () => void act(tend),
    revived: () => undefined,
    close() {
      closed = true
      watch?.stop()
      cancelShow?.()
      cancelTending()
      return act((lease) => released(lease, me))
    },
  }
}

/** Nobody has given a sign of life in between. */
function isSame(lease: Lease, before: Lease | null): boolean {
  return lease.holder === before?.holder && lease.answered === before.answered
}
