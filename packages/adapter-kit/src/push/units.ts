/** What is applied together: a group, or a single mutation. */
import type { Mutation } from '@synclayer/core/adapter'
import type { Prepared } from './prepare-mutation.ts'

export type Unit = readonly Prepared[]

/** Groups become one unit each, at the place of their first member. */
export function unitsOf(prepared: readonly Prepared[]): readonly Unit[] {
  const units: Prepared[][] = []
  const groups = new Map<string, Prepared[]>()
  for (const member of prepared) {
    const group: unknown = (member.mutation as Partial<Mutation> | null)?.group
    const known = typeof group === 'string' ? groups.get(group) : undefined
    if (known !== undefined) {
      known.push(member)
      continue
    }
    const unit = [member]
    units.push(unit)
    if (typeof group === 'string') groups.set(group, unit)
  }
  return units
}

/** Several units to a transaction of at most `most` mutations, never a part of one. A larger unit has one of its own. */
export function slicesOf(units: readonly Unit[], most: number): readonly (readonly Unit[])[] {
  const slices: Unit[][] = []
  let slice: Unit[] = []
  let size = 0
  for (const unit of units) {
    if (size > 0 && size + unit.length > most) {
      slices.push(slice)
      slice = []
      size = 0
    }
    slice.push(unit)
    size += unit.length
  }
  if (size > 0) slices.push(slice)
  return slices
}
