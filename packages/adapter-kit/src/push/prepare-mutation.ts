/** What can be decided of a mutation before the write lock is taken: its shape, its text, its size. */
import {
  checkMutation,
  clampTime,
  type ErrorCode,
  type Hlc,
  isSyncError,
  type Mutation,
  type PushOutcome,
  utf8ByteLength,
} from '@synclayer/core/adapter'

/** A mutation, ready to be applied. */
export interface Prepared {
  readonly mutation: Mutation
  /** Its number within its client; -1 where it has no sound id. */
  readonly n: number
  /** The time to store: not ahead of the server's clock by more than 60 seconds (T4). */
  readonly time: Hlc
  /** The document of a put as text. Null for a delete, and for a patch until it is merged. */
  readonly document: string | null
  /** Why it can never be applied, if so. */
  readonly refusal?: PushOutcome
}

const AHEAD_MS = 60_000
const MUTATION_NUMBER = /^(?:0|[1-9][0-9]{0,15})$/

/** Checks one mutation of `clientId` and writes its document as text. */
export function prepareMutation(sent: Mutation, clientId: string, now: number, maxBytes: number): Prepared {
  const n = mutationNumber(sent, clientId)
  const refuse = (refusal: PushOutcome): Prepared => ({
    mutation: sent,
    n,
    time: '',
    document: null,
    refusal,
  })
  if (n < 0) return refuse(reject('INVALID_MUTATION', "The mutation's id is not one of the client"))
  let mutation: Mutation
  try {
    mutation = checkMutation(sent)
  } catch (error) {
    if (!isSyncError(error)) throw error
    return refuse(reject('INVALID_MUTATION', error.message))
  }
  const time = clampTime(mutation.time, now + AHEAD_MS)
  const document = mutation.kind === 'put' ? JSON.stringify(mutation.data) : null
  const refusal = document === null ? undefined : tooLarge(document, maxBytes)
  return refusal === undefined ? { mutation, n, time, document } : refuse(refusal)
}

/** The outcome of a mutation that is refused for good. */
export function reject(code: ErrorCode, reason: string): PushOutcome {
  return { status: 'rejected', code, reason }
}

/** The refusal of a document that is too large; undefined where it is not. */
export function tooLarge(document: string, maxBytes: number): PushOutcome | undefined {
  // A character is at most three bytes of UTF-8 for each of its code units: most texts need no counting.
  if (document.length * 3 <= maxBytes) return undefined
  const bytes = utf8ByteLength(document)
  if (bytes <= maxBytes) return undefined
  const reason = `The document has ${bytes} bytes; ${maxBytes} are allowed`
  return { status: 'rejected', code: 'RECORD_TOO_LARGE', reason, details: { bytes, maxBytes } }
}

function mutationNumber(mutation: Mutation | null, clientId: string): number {
  const id: unknown = mutation?.id
  if (typeof id !== 'string' || !id.startsWith(`${clientId}.`)) return -1
  const digits = id.slice(clientId.length + 1)
  const n = MUTATION_NUMBER.test(digits) ? Number(digits) : -1
  return Number.isSafeInteger(n) ? n : -1
}
