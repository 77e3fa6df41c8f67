/** The answers of the protocol as JSON text, in pieces: a large page is never one string. */
import type { PullResponse, PushResponse, PushResult, RemoteRecord } from '@synclayer/core/adapter'
import { changeText, recordText } from '../operations/change-text.ts'

export function* pullText({ changes, ...rest }: PullResponse, tag: string): Generator<string> {
  const { cursor, epoch, hasMore, remaining, serverTime } = rest
  yield '{"changes":['
  let separator = ''
  for (const change of changes) {
    yield separator + changeText(change, tag)
    separator = ','
  }
  const head = JSON.stringify({ cursor, epoch, hasMore, remaining, serverTime })
  yield `],${head.slice(1)}`
}

export function* pushText({ results, serverTime }: PushResponse): Generator<string> {
  yield '{"results":['
  let separator = ''
  for (const result of results) {
    yield separator + resultText(result)
    separator = ','
  }
  yield `],"serverTime":${serverTime}}`
}

export function* recordsText(records: readonly RemoteRecord[], tag: string): Generator<string> {
  yield '['
  let separator = ''
  for (const record of records) {
    yield separator + recordText(record, tag)
    separator = ','
  }
  yield ']'
}

/** The ids of a push are the asker's own already. */
function resultText(result: PushResult): string {
  if (result.status !== 'conflict' || result.current === null) return JSON.stringify(result)
  const { id, status, current } = result
  return `{"id":${JSON.stringify(id)},"status":"${status}","current":${recordText(current, null)}}`
}
