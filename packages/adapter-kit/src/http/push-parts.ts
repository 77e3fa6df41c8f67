/** What a push is split into: mutations that must travel together, and requests that the server takes. Pure. */
import { type Mutation, type PushResult, utf8ByteLength } from '@synclayer/core/adapter'

/** A mutation with its JSON text. */
interface Written {
  readonly index: number
  readonly mutation: Mutation
  readonly text: string
  readonly bytes: number
}

/** One mutation, or a group. */
export interface PushUnit {
  readonly members: readonly Written[]
  readonly bytes: number
}

/** What the server takes in one request. */
export interface PartLimits {
  readonly mutations: number
  /** For the mutations' texts together. */
  readonly bytes: number
}

/** In the order in which their first members come. */
export function unitsOf(mutations: readonly Mutation[]): readonly PushUnit[] {
  const units = new Map<string | number, Written[]>()
  mutations.forEach((mutation, index) => {
    const text = JSON.stringify(mutation)
    // With the comma behind it.
    const written = { index, mutation, text, bytes: utf8ByteLength(text) + 1 }
    const key = mutation.group ?? index
    const unit = units.get(key)
    if (unit === undefined) units.set(key, [written])
    else unit.push(written)
  })
  return [...units.values()].map((members) => ({
    members,
    bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
  }))
}

/** As few parts as hold them in their order; `unfit` are those that no part could hold. */
export function partsOf(
  units: readonly PushUnit[],
  limits: PartLimits,
): { readonly parts: readonly (readonly PushUnit[])[]; readonly unfit: readonly PushUnit[] } {
  const parts: PushUnit[][] = []
  const unfit: PushUnit[] = []
  let room = { mutations: 0, bytes: 0 }
  for (const unit of units) {
    const { bytes, members } = unit
    if (members.length > limits.mutations || bytes > limits.bytes) {
      unfit.push(unit)
      continue
    }
    if (parts.length === 0 || members.length > room.mutations || bytes > room.bytes) {
      parts.push([])
      room = { ...limits }
    }
    parts.at(-1)!.push(unit)
    room = { mutations: room.mutations - members.length, bytes: room.bytes - bytes }
  }
  return { parts, unfit }
}

/** The texts of a part's mutations, in the order they were pushed in. */
export function textOf(part: readonly PushUnit[]): string {
  const written = part.flatMap(({ members }) => members).sort((a, b) => a.index - b.index)
  return written.map(({ text }) => text).join(',')
}

/** The ids of a part's mutations. */
export function idsOf(part: readonly PushUnit[]): readonly string[] {
  return part.flatMap(({ members }) => members.map(({ mutation }) => mutation.id))
}

/**
 * The results of a unit that is too large for any request. Where one member alone is, it is told which; else it is the group.
 */
export function tooLargeResults(unit: PushUnit, bytes: number): readonly PushResult[] {
  const isAtFault = (member: Written): boolean => unit.members.length === 1 || member.bytes > bytes
  const someone = unit.members.some(isAtFault)
  return unit.members.map((member): PushResult => {
    const { id } = member.mutation
    if (isAtFault(member)) {
      const reason = `The record is larger than the server takes; ${bytes} bytes fit into a request`
      return { id, status: 'rejected', code: 'RECORD_TOO_LARGE', reason }
    }
    if (someone) return { id, status: 'aborted' }
    const reason = 'The group is larger than the server takes in one request'
    return { id, status: 'rejected', code: 'GROUP_TOO_LARGE', reason }
  })
}
