/**
 * Groups: the mutations of one transaction, sent whole or not at all (W14). The entry `group:<id>` lists the records
 * that were put into it; whether one still belongs to it, its own row says. One of a collection that the app no longer
 * declares stays listed, and the group waits for it.
 */
import type { RecordState } from '../outbox/record-state.ts'
import type { RecordKey } from '../ports/storage.ts'
import { slotName, type Workspace } from './workspace.ts'

export const GROUP_PREFIX = 'group:'

export function groupEntry(group: string): string {
  return `${GROUP_PREFIX}${group}`
}

/** The records listed in a group's entry text. */
export function parseMembers(value: string | null): readonly RecordKey[] {
  if (value === null) return []
  return (JSON.parse(value) as readonly (readonly [string, string])[]).map(([collection, id]) => ({
    collection,
    id,
  }))
}

/** The listed records whose rows can be looked at. */
export function listedMembers(workspace: Workspace, group: string): readonly RecordKey[] {
  return parseMembers(workspace.entry(groupEntry(group))).filter((key) => workspace.canSee(key))
}

/** The records whose waiting or parked difference belongs to the group. */
export function groupMembers(workspace: Workspace, group: string): readonly RecordState[] {
  return listedMembers(workspace, group).flatMap((key) => {
    const state = workspace.get(key)
    return state?.sync.group === group ? [state] : []
  })
}

/** Makes the named records' waiting differences, and all they were grouped with before, one group. Returns all of it. */
export function uniteGroup(
  workspace: Workspace,
  group: string,
  keys: readonly RecordKey[],
): readonly RecordKey[] {
  const all = new Map<string, RecordKey>()
  const unseen = unseenMembers(workspace, group)
  const open = [...keys]
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (all.has(slotName(key))) continue
    all.set(slotName(key), key)
    const state = workspace.get(key)
    const other = state?.sync.group
    if (state === null || other === undefined || other === group) continue
    open.push(...groupMembers(workspace, other))
    unseen.push(...unseenMembers(workspace, other))
    workspace.setEntry(groupEntry(other), null)
  }
  for (const member of groupMembers(workspace, group)) all.set(slotName(member), member)
  const members = [...all.values()].map(({ collection, id }) => ({ collection, id }))
  for (const key of members) {
    const state = workspace.get(key)
    if (state !== null && state.lane !== null && state.sync.group !== group) {
      workspace.set(key, { ...state, sync: { ...state.sync, group } })
    }
  }
  const listed = [...members, ...unseen].map(({ collection, id }) => [collection, id])
  workspace.setEntry(groupEntry(group), JSON.stringify(listed))
  return members
}

function unseenMembers(workspace: Workspace, group: string): RecordKey[] {
  return parseMembers(workspace.entry(groupEntry(group))).filter((key) => !workspace.canSee(key))
}

/** Forgets the group's entry where no record is in it any more, as far as can be seen. */
export function dropEmptyGroup(workspace: Workspace, group: string): void {
  if (unseenMembers(workspace, group).length > 0) return
  const inUse = listedMembers(workspace, group).some((key) => {
    const state = workspace.get(key)
    return state?.sync.group === group || state?.sync.inFlight?.group === group
  })
  if (!inUse) workspace.setEntry(groupEntry(group), null)
}
