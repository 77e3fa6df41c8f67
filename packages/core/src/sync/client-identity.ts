/** Who this client is to the backend, and the number of its next mutation. The entry `client` holds it. */
import type { Random } from '../ports/random.ts'

export const CLIENT_ENTRY = 'client'

export interface ClientIdentity {
  readonly id: string
  /** The n of the next mutation. */
  readonly next: number
  /** What to add to device time to get the backend's, as last seen, in milliseconds. */
  readonly offsetMs: number
}

export function parseIdentity(value: string | null): ClientIdentity | null {
  return value === null ? null : (JSON.parse(value) as ClientIdentity)
}

export function newIdentity(random: Random, offsetMs = 0): ClientIdentity {
  const id = Array.from(random.bytes(10), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { id, next: 1, offsetMs }
}

/** The client id and n of a mutation id. */
export function splitMutationId(mutationId: string): { readonly clientId: string; readonly n: number } {
  const dot = mutationId.lastIndexOf('.')
  return { clientId: mutationId.slice(0, dot), n: Number(mutationId.slice(dot + 1)) }
}
