/**
 * What the database wants the client ids of a user to end with, so that nobody can answer, or settle, for somebody else who
 * has the same one. Outside of this adapter it is not seen.
 */
import type { PushRequest, PushResult, RemoteRecord } from '@synclayer/core/adapter'

/** The request under the ids of the user. */
export function withMark(request: PushRequest, mark: string): PushRequest {
  const { clientId } = request
  const head = `${clientId}.`
  const mutations = request.mutations.map((mutation) =>
    mutation.id.startsWith(head)
      ? { ...mutation, id: `${clientId}${mark}.${mutation.id.slice(head.length)}` }
      : mutation,
  )
  return { ...request, clientId: clientId + mark, mutations }
}

/** The id of a mutation as its client knows it; those of other users stay as they are. */
export function withoutMark(mutation: string, mark: string): string {
  const end = mutation.lastIndexOf('.')
  const client = mutation.slice(0, end)
  if (mark === '' || !client.endsWith(mark)) return mutation
  return client.slice(0, -mark.length) + mutation.slice(end)
}

/** A result as the client knows it. */
export function resultWithoutMark(result: PushResult, mark: string): PushResult {
  const id = withoutMark(result.id, mark)
  if (result.status !== 'conflict' || result.current === null) return { ...result, id }
  return { ...result, id, current: recordWithoutMark(result.current, mark) }
}

function recordWithoutMark(record: RemoteRecord, mark: string): RemoteRecord {
  const { mutation } = record
  return mutation === undefined ? record : { ...record, mutation: withoutMark(mutation, mark) }
}
