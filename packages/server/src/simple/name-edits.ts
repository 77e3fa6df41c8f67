/** The ids of the mutations that edits become. A request that comes again with its key gives the same ids, so it is known. */
import { toHex } from '@synclayer/core/adapter'
import type { SimpleCall } from '../simple-deps.ts'
import { sha256 } from './sha256.ts'

/** The id of the edit at an index. */
export interface EditNames {
  (index: number): string
  readonly clientId: string
}

/** What a push has for an id, where the client id leaves room for the server's tag. */
const MUTATION_ID = /^([\x21-\x7e]{1,100})\.(0|[1-9]\d{0,15})$/

/** Without a key the ids are new ones: then the request is not safe to repeat. */
export async function nameEdits(
  { idempotencyKey, collection, random }: Pick<SimpleCall, 'idempotencyKey' | 'collection' | 'random'>,
  isList: boolean,
): Promise<EditNames> {
  if (idempotencyKey === null || idempotencyKey === '') return numbered(`edit-${toHex(random.bytes(16))}`)
  const [id, clientId] = (isList ? null : MUTATION_ID.exec(idempotencyKey)) ?? []
  if (id !== undefined && clientId !== undefined) return Object.assign(() => id, { clientId })
  const digest = await sha256(JSON.stringify([collection, idempotencyKey]))
  return numbered(`key-${toHex(digest.subarray(0, 16))}`)
}

function numbered(clientId: string): EditNames {
  return Object.assign((index: number) => `${clientId}.${index}`, { clientId })
}
