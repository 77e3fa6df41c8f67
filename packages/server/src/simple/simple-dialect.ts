/**
 * The simple dialect of docs/reference/protocol.md: two endpoints for each collection, for clients that speak nothing
 * else. Behind it are the same operations, and so the same checks, as behind the protocol.
 */
import { tooLarge } from '../http/http-error.ts'
import type { SimpleDialect } from '../simple-deps.ts'
import { checkedEdit } from './checked-edit.ts'
import { nameEdits } from './name-edits.ts'
import { listAnswer, singleAnswer } from './post-answer.ts'
import { pushEdits } from './push-edits.ts'
import { readQuery } from './read-query.ts'
import { recordsText } from './record-text.ts'

/** Answers `GET` and `POST` of `/sync/{collection}`. */
export const simpleDialect: SimpleDialect = async (operations, call) => {
  const { asker, collection, query, body, gone } = call
  const { scope, since, limit } = readQuery(query)
  if (call.method === 'GET') {
    const request = { scope, collections: [{ name: collection }], cursor: since, limit }
    const page = await operations.pull(asker, request, gone)
    return { status: 200, headers: {}, text: recordsText(page, asker.tag) }
  }
  const isList = Array.isArray(body)
  const values: readonly unknown[] = isList ? body : [body]
  const { maxBatch } = operations.hello().capabilities
  if (values.length > maxBatch) throw tooLarge(`A list may have ${maxBatch} edits`)
  const nameOf = await nameEdits(call, isList)
  const edits = await Promise.all(values.map((value, index) => checkedEdit(value, nameOf(index), collection)))
  const outcomes = await pushEdits(operations, call, scope, nameOf.clientId, edits)
  return isList ? listAnswer(edits, outcomes) : singleAnswer(edits[0]!, outcomes[0]!)
}
