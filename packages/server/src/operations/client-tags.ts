/**
 * Client ids of different principals, kept apart. What the adapter sees as the client `phone` of a principal is
 * `phone~tag`, where the tag is a digest of the principal's id: so nobody can answer for, settle or pre-empt the
 * mutations of another. Only the owner of a tag is shown his ids without it.
 */
import { type Change, type RemoteRecord, SyncError } from '@synclayer/core/adapter'
import { createLru } from '../lru.ts'

/** Longer client ids leave no room for the tag. */
const MAX_CLIENT_ID_LENGTH = 100

const TAG_LENGTH = 16
const TAGGED_MUTATION = /~([A-Za-z0-9_-]{16})\.[0-9]{1,16}$/
const TAGS_KEPT = 10_000

/** Computes the tags of principals, and remembers the latest. */
export function createTagger(): (principalId: string) => Promise<string> {
  const known = createLru<string, string>(TAGS_KEPT)
  return async (principalId) => {
    let tag = known.get(principalId)
    if (tag === undefined) {
      tag = await digestOf(principalId)
      known.set(principalId, tag)
    }
    return tag
  }
}

/** The client id as the adapter sees it. Throws PROTOCOL for one that is too long. */
export function tagClient(clientId: string, tag: string): string {
  if (clientId.length > MAX_CLIENT_ID_LENGTH) {
    throw new SyncError('PROTOCOL', `clientId must have at most ${MAX_CLIENT_ID_LENGTH} characters`, {
      details: { path: 'clientId' },
    })
  }
  return `${clientId}~${tag}`
}

/** A mutation's id as the adapter sees it. */
export function tagMutation(id: string, tag: string): string {
  const dot = id.lastIndexOf('.')
  return `${id.slice(0, dot)}~${tag}${id.slice(dot)}`
}

/** A mutation's id as the owner of `tag` sees it: without the tag where it is his own. Null owns nothing. */
export function untagMutation(id: string, tag: string | null): string {
  if (tag === null) return id
  const dot = id.lastIndexOf('.')
  const end = `~${tag}`
  return id.slice(0, dot).endsWith(end) ? id.slice(0, dot - end.length) + id.slice(dot) : id
}

/** The tag in the id of the mutation that made a change, where there is one. */
export function tagOf(change: Change | RemoteRecord): string | undefined {
  const mutation = 'mutation' in change ? change.mutation : undefined
  return mutation === undefined ? undefined : TAGGED_MUTATION.exec(mutation)?.[1]
}

async function digestOf(principalId: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(principalId))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').slice(0, TAG_LENGTH)
}
