/** An edit as a plain client sends it, become a mutation. What is wrong with one edit is its own outcome, and no other's. */
import {
  checkMutation,
  formatHlc,
  isSyncError,
  type Mutation,
  type PushOutcome,
  toHex,
} from '@synclayer/core/adapter'
import { parseRfc3339 } from '@synclayer/core/protocol'
import { sha256 } from './sha256.ts'

export interface CheckedEdit {
  /** Null where it could not be read. */
  readonly recordId: string | null
  /** The mutation, or why there is none. */
  readonly mutation: Mutation | null
  readonly refusal: PushOutcome | null
}

type Members = Readonly<Record<string, unknown>>

const NODE_LENGTH = 16

/** Checked by the rules of a push. */
export async function checkedEdit(value: unknown, id: string, collection: string): Promise<CheckedEdit> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { recordId: null, mutation: null, refusal: invalid('', 'must be an object') }
  }
  const edit = value as Members
  const recordId = typeof edit['recordId'] === 'string' ? edit['recordId'] : null
  const ms = typeof edit['updatedAt'] === 'string' ? parseRfc3339(edit['updatedAt']) : null
  if (ms === null) {
    const refusal = invalid('updatedAt', 'must be a time of RFC 3339 with a zone')
    return { recordId, mutation: null, refusal }
  }
  if (edit['deleted'] !== undefined && typeof edit['deleted'] !== 'boolean') {
    return { recordId, mutation: null, refusal: invalid('deleted', 'must be true or false') }
  }
  try {
    const { time: _, ...said } = checkMutation({
      id,
      collection,
      recordId: edit['recordId'],
      base: edit['version'] ?? null,
      time: formatHlc({ ms, counter: 0, node: '0'.repeat(NODE_LENGTH) }),
      schema: edit['schema'] ?? 1,
      ...(edit['deleted'] === true ? { kind: 'delete' } : { kind: 'put', data: withId(edit) }),
    })
    // Told apart by what it says: the same id with another content is not the same mutation (A3).
    const node = toHex(await sha256(JSON.stringify(said))).slice(0, NODE_LENGTH)
    return { recordId, mutation: { ...said, time: formatHlc({ ms, counter: 0, node }) }, refusal: null }
  } catch (error) {
    if (!isSyncError(error, 'INVALID_MUTATION')) throw error
    const { path, reason } = error.details
    return { recordId, mutation: null, refusal: invalid(nameOf(String(path)), String(reason)) }
  }
}

/** Documents may leave out the id, which stands beside them. */
function withId({ data, recordId }: Members): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || 'id' in data) return data
  return { ...data, id: recordId }
}

/** The member of the edit that became this one of the mutation. */
function nameOf(path: string): string {
  return path === 'base' ? 'version' : path
}

function invalid(path: string, reason: string): PushOutcome {
  const what = path === '' ? 'The edit' : path
  return {
    status: 'rejected',
    code: 'INVALID_MUTATION',
    reason: `${what} ${reason}`,
    details: { path, reason },
  }
}
