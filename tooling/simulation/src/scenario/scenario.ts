/**
 * A scenario: everything that will be done in one run, as data. It is made from a seed, written to files, cut down where it
 * fails. What happens on the way (which request is lost) comes from random streams of its own, seeded by `seed`.
 */
import type { CollectionName } from './collections.ts'

/** All scopes there are. */
export const SCOPES = ['one', 'two'] as const

/** How often each trouble strikes a request of a device, from 0 to 1. */
export interface Network {
  readonly requestLost: number
  readonly answerLost: number
  /** It arrives a second time, at any later moment. */
  readonly doubled: number
  /** The longest way there, and back, in milliseconds. */
  readonly delayMs: number
  readonly garbled: number
  /** A pull is served by a replica that may be behind. */
  readonly stale: number
  /** A wake-up gets lost. */
  readonly wakeLost: number
}

export interface DeviceSetup {
  /** Index of the disk its store is on: two devices on one are two processes of one device. */
  readonly disk: number
  readonly realtime: boolean
  /** Without, it syncs only when told. */
  readonly auto: boolean
  readonly batchSize: number
  readonly scopes: readonly string[]
  readonly clockMs: number
  readonly schema: 1 | 2
}

export interface ObserverSetup {
  readonly collection: CollectionName
  /** Sees documents whose counter is at least this; null sees all. */
  readonly least: number | null
  readonly page: number
}

/** A change by a user. `token` is written into the document, by which the edit is known ever after. */
export type Edit =
  /** What every edit does: it adds its token, and one to the counter. With `set`, fields too. Creates what is absent. */
  | {
      readonly kind: 'edit'
      readonly in: CollectionName
      readonly id: string
      readonly token: string
      readonly set?: Readonly<Record<string, unknown>>
    }
  /** The same by reading and saving the whole document, in a transaction. */
  | { readonly kind: 'replace'; readonly in: CollectionName; readonly id: string; readonly token: string }
  | { readonly kind: 'delete'; readonly in: CollectionName; readonly id: string }
  /** Adds to `hits`, and leaves no token: who adds the same to the same makes the same document. */
  | {
      readonly kind: 'count'
      readonly in: CollectionName
      readonly id: string
      readonly number: number
    }
  /** New documents in one commit. */
  | {
      readonly kind: 'bulk'
      readonly in: CollectionName
      readonly ids: readonly string[]
      readonly token: string
    }
  /** Both of the pair in one transaction, or both deleted. */
  | { readonly kind: 'pair'; readonly token: string }
  | { readonly kind: 'unpair' }
  /** Saves what is there already. */
  | { readonly kind: 'same'; readonly in: CollectionName; readonly id: string }
  /** The backend will refuse the record for good, until all is healed. */
  | { readonly kind: 'poison'; readonly in: CollectionName; readonly id: string; readonly token: string }
  /** A document that never leaves the device. */
  | { readonly kind: 'draft'; readonly id: string }

/** Where a process dies: at once, or at the nth step of a kind from now on. */
export interface CrashPoint {
  readonly at: 'now' | 'before commit' | 'after commit' | 'read' | 'opened'
  readonly nth: number
}

export type Step =
  | { readonly do: 'pass'; readonly ms: number }
  /** `join`: the next step begins before it is done. */
  | { readonly do: 'edit'; readonly device: number; readonly edit: Edit; readonly join?: boolean }
  | { readonly do: 'sync' | 'open' | 'close' | 'pause' | 'resume'; readonly device: number }
  | { readonly do: 'crash'; readonly device: number; readonly point: CrashPoint; readonly downMs: number }
  | { readonly do: 'network'; readonly device: number; readonly network: Network }
  | { readonly do: 'cut' | 'uncut'; readonly device: number; readonly told: boolean }
  | { readonly do: 'expire' | 'renew'; readonly device: number }
  | {
      readonly do: 'limit'
      readonly device: number
      readonly requests: number
      readonly retryAfterMs: number
    }
  | { readonly do: 'disk'; readonly device: number; readonly full: boolean }
  | { readonly do: 'clock'; readonly device: number; readonly jumpMs: number }
  | { readonly do: 'wake'; readonly device: number }
  | { readonly do: 'retry' | 'discard'; readonly device: number }
  | { readonly do: 'scopes'; readonly device: number; readonly scopes: readonly string[] }
  | { readonly do: 'upgrade'; readonly device: number }
  /** One process alone starts again, as that version of the app; the others on its disk go on as what they are. */
  | { readonly do: 'version'; readonly device: number; readonly schema: 1 | 2 }
  /** Keeps a copy of the store; `rollback` goes back to it; `copy` gives it to another device, whose own store is gone. */
  | { readonly do: 'keep' | 'rollback'; readonly device: number }
  | { readonly do: 'copy'; readonly device: number; readonly to: number }
  | { readonly do: 'stall'; readonly ms: number }
  | { readonly do: 'replicate' | 'failover' | 'backup' }
  | { readonly do: 'restore'; readonly unnoticed: boolean }
  | { readonly do: 'purge'; readonly olderMs: number }
  | { readonly do: 'observe'; readonly observer: number; readonly pages: number }

export interface Scenario {
  readonly seed: number
  readonly disks: number
  /** Of the processes on one disk one syncs; left out, all of them do. */
  readonly elects?: boolean
  readonly devices: readonly DeviceSetup[]
  readonly observers: readonly ObserverSetup[]
  readonly steps: readonly Step[]
}

export const CALM: Network = {
  requestLost: 0,
  answerLost: 0,
  doubled: 0,
  delayMs: 0,
  garbled: 0,
  stale: 0,
  wakeLost: 0,
}
