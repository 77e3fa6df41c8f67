/** What plain clients are told of their edits: of one by the status, of a list by results in its order. */
import type { ErrorCode, PushOutcome } from '@synclayer/core/adapter'
import type { SimpleAnswer } from '../simple-deps.ts'
import type { CheckedEdit } from './checked-edit.ts'
import { recordText } from './record-text.ts'

const STATUS_BY_REJECTION: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_MUTATION: 400,
  FORBIDDEN: 403,
  UNKNOWN_COLLECTION: 404,
  RECORD_TOO_LARGE: 413,
}

const STATUS_BY_RETRY: Readonly<Partial<Record<ErrorCode, number>>> = { RATE_LIMITED: 429, TIMEOUT: 504 }

/** The answer to one edit. */
export function singleAnswer({ recordId }: CheckedEdit, outcome: PushOutcome): SimpleAnswer {
  switch (outcome.status) {
    case 'accepted': {
      const { version, data } = outcome
      return { status: 200, headers: {}, text: [JSON.stringify({ recordId, version, data })] }
    }
    case 'conflict': {
      const current = outcome.current === null ? 'null' : recordText(outcome.current, null)
      const head = { code: 'CONSTRAINT', message: 'The record is not of this version' }
      const error = `${JSON.stringify(head).slice(0, -1)},"details":{"current":${current}}}`
      return { status: 409, headers: {}, text: [`{"error":${error}}`] }
    }
    case 'rejected': {
      const { code, reason, details } = outcome
      const error = { code, message: reason, details }
      return { status: STATUS_BY_REJECTION[code] ?? 422, headers: {}, text: [JSON.stringify({ error })] }
    }
    case 'aborted':
      return failed('BACKEND_FAILED', undefined)
    case 'retry':
      return failed(outcome.code, outcome.retryAfterMs)
  }
}

/** The answer to a list. */
export function listAnswer(edits: readonly CheckedEdit[], outcomes: readonly PushOutcome[]): SimpleAnswer {
  const results = outcomes.map((outcome, index) => resultText(edits[index]!, outcome))
  return { status: 200, headers: {}, text: [`{"results":[${results.join(',')}]}`] }
}

function resultText({ recordId }: CheckedEdit, outcome: PushOutcome): string {
  if (outcome.status !== 'conflict' || outcome.current === null) {
    return JSON.stringify({ recordId, ...outcome })
  }
  const head = JSON.stringify({ recordId, status: outcome.status })
  return `${head.slice(0, -1)},"current":${recordText(outcome.current, null)}}`
}

function failed(code: ErrorCode, retryAfterMs: number | undefined): SimpleAnswer {
  const error = { code, message: 'The backend cannot take the edit now', retryAfterMs }
  return {
    status: STATUS_BY_RETRY[code] ?? 503,
    headers: retryAfterMs === undefined ? {} : { 'Retry-After': `${Math.ceil(retryAfterMs / 1_000)}` },
    text: [JSON.stringify({ error })],
  }
}
