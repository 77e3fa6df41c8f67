/** Whether each mutation of a push may be sent on: by the server's own limits, and by the host. */
import { type ErrorCode, type Mutation, type PushRequest, utf8ByteLength } from '@synclayer/core/adapter'
import type { Authorize, Principal, Verdict } from '../contract.ts'
import type { Asker } from '../realtime-deps.ts'
import { createCurrentRecords } from './current-records.ts'
import { maxRecordBytesOf } from './hello.ts'
import type { OperationsDeps } from './operations-deps.ts'

/** What is to become of one mutation. `unknown`: the host could not tell. */
export type Judgement =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reason: string }
  | { readonly kind: 'unknown' }

/** Mutations the host is asked about at the same time. */
const ASKED_AT_ONCE = 32

const ALLOWED: Judgement = { kind: 'allowed' }

const TOO_LARGE: Judgement = {
  kind: 'refused',
  code: 'RECORD_TOO_LARGE',
  reason: 'The document is larger than the server takes',
}

/** One judgement for each mutation, in their order. */
export async function judgeMutations(
  deps: OperationsDeps,
  { principal, tag }: Asker,
  { scope, mutations }: PushRequest,
): Promise<readonly Judgement[]> {
  const { authorize, collections } = deps
  const isTooLarge = createSizeCheck(deps)
  const judgements: Judgement[] = mutations.map((mutation) => {
    const { collection } = mutation
    if (collections?.includes(collection) === false) {
      const reason = `The server has no collection ${collection}`
      return { kind: 'refused', code: 'UNKNOWN_COLLECTION', reason }
    }
    return isTooLarge(mutation) ? TOO_LARGE : ALLOWED
  })
  if (authorize === null) return judgements
  const current = createCurrentRecords(deps, scope, tag)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < mutations.length) {
      const index = next++
      if (judgements[index] !== ALLOWED) continue
      judgements[index] = await ask(deps, authorize, principal, scope, mutations[index]!, current)
    }
  }
  await Promise.all(Array.from({ length: Math.min(ASKED_AT_ONCE, mutations.length) }, work))
  return judgements
}

/** What the adapter refuses by itself is left to it. */
function createSizeCheck(deps: OperationsDeps): (mutation: Mutation) => boolean {
  const most = maxRecordBytesOf(deps)
  if (most === deps.adapter.capabilities.maxRecordBytes) return () => false
  return ({ data }) => data !== undefined && utf8ByteLength(JSON.stringify(data)) > most
}

async function ask(
  { logger }: OperationsDeps,
  authorize: Authorize,
  principal: Principal,
  scope: string,
  mutation: Mutation,
  current: ReturnType<typeof createCurrentRecords>,
): Promise<Judgement> {
  const { collection, recordId } = mutation
  try {
    const read = (): ReturnType<typeof current> => current(collection, recordId)
    return judgementOf(await authorize({ principal, scope, mutation, current: read }))
  } catch (error) {
    logger.log('error', 'authorize has failed: the mutation will be sent again', { scope, collection, error })
    return { kind: 'unknown' }
  }
}

/** Whatever is not clearly a yes is a no. */
function judgementOf(verdict: Verdict): Judgement {
  if (verdict === true) return ALLOWED
  const told = typeof verdict === 'object' && verdict !== null && typeof verdict.reason === 'string'
  return {
    kind: 'refused',
    code: 'FORBIDDEN',
    reason: told ? verdict.reason : 'The server does not allow this change',
  }
}
