/**
 * The lease: an entry of the store that names who leads. Pure. It has no time in it: a follower asks, by counting `asked`
 * up, and the holder answers by following with `answered`. So a process alone on its store writes it once, and clocks mean
 * nothing.
 */
import type { Json } from '../shared/json.ts'

export interface Lease {
  readonly holder: string
  readonly asked: number
  readonly answered: number
  /** What the holder shows, where anybody asks. */
  readonly status: Json
}

export function parseLease(value: string): Lease {
  return JSON.parse(value) as Lease
}

/** Each answers the lease itself where nothing is to be changed. */
export function taken(lease: Lease | null, by: string): Lease {
  const asked = lease?.asked ?? 0
  return lease?.holder === by ? lease : { holder: by, asked, answered: asked, status: null }
}

export function asked(lease: Lease): Lease {
  return lease.asked > lease.answered ? lease : { ...lease, asked: lease.asked + 1 }
}

/** The holder's answer. `status` is what it shows; undefined where that stays as it is. */
export function answered(lease: Lease, by: string, status: Json | undefined): Lease {
  if (lease.holder !== by) return lease
  const isShown = status === undefined || JSON.stringify(status) === JSON.stringify(lease.status)
  if (lease.asked === lease.answered && isShown) return lease
  return { ...lease, answered: lease.asked, status: status ?? lease.status }
}

export function released(lease: Lease | null, by: string): Lease | null {
  return lease?.holder === by ? null : lease
}
