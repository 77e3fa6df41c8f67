/** What an adapter is broken with: hooks around a sound one, so that each mutant is a few lines. */
import {
  type BackendAdapter,
  type Change,
  type Mutation,
  type PullRequest,
  type PullResponse,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type RemoteRecord,
} from '@synclayer/core/adapter'
import { neverAborted } from '../test-client.ts'

/** What is wrong, made anew for each backend, so that its adapters can share a state. */
export type Break = () => (whole: BackendAdapter) => Partial<BackendAdapter>

export interface Mutant {
  readonly break: Break
  /** A part of the title of a test that must fail. */
  readonly failing: RegExp
}

/** By what is wrong: "an adapter that …". */
export type Mutants = Readonly<Record<string, Mutant>>

/** A mutant whose requests to push differ. */
export function sending(
  change: (request: PushRequest, whole: BackendAdapter) => PushRequest | Promise<PushRequest>,
): Break {
  return () => (whole) => ({
    push: async (request, signal) => whole.push(await change(request, whole), signal),
  })
}

/** A mutant that changes each mutation on its way in. */
export function sendingEach(
  change: (mutation: Mutation, request: PushRequest, whole: BackendAdapter) => Mutation | Promise<Mutation>,
): Break {
  return sending(async (request, whole) => ({
    ...request,
    mutations: await Promise.all(request.mutations.map(async (mutation) => change(mutation, request, whole))),
  }))
}

/** A mutant whose answers to push differ. */
export function answering(
  change: (
    response: PushResponse,
    request: PushRequest,
    whole: BackendAdapter,
  ) => PushResponse | Promise<PushResponse>,
): Break {
  return () => (whole) => ({
    push: async (request, signal) => change(await whole.push(request, signal), request, whole),
  })
}

/** A mutant whose result for each mutation differs. */
export function answeringEach(
  change: (result: PushResult, mutation: Mutation, current: RemoteRecord | undefined) => PushResult,
): Break {
  return answering(async (response, request, whole) => {
    const results = await Promise.all(
      response.results.map(async (result) => {
        const mutation = request.mutations.find(({ id }) => id === result.id)!
        return change(result, mutation, await currentOf(whole, request.scope, mutation))
      }),
    )
    return { ...response, results }
  })
}

/** A mutant whose pages differ. */
export function paging(
  change: (
    page: PullResponse,
    request: PullRequest,
    whole: BackendAdapter,
  ) => PullResponse | Promise<PullResponse>,
): Break {
  return () => (whole) => ({
    pull: async (request, signal) => change(await whole.pull(request, signal), request, whole),
  })
}

/** A mutant whose pages lack some changes. */
export function hiding(isHidden: (change: Change, request: PullRequest) => boolean): Break {
  return paging((page, request) => ({
    ...page,
    changes: page.changes.filter((change) => !isHidden(change, request)),
  }))
}

/** A mutant that asks for other pages. */
export function asking(
  change: (request: PullRequest, whole: BackendAdapter) => PullRequest | Promise<PullRequest>,
): Break {
  return () => (whole) => ({
    pull: async (request, signal) => whole.pull(await change(request, whole), signal),
  })
}

/** The record a mutation is for, as it is stored. */
export async function currentOf(
  adapter: BackendAdapter,
  scope: string,
  { collection, recordId }: Mutation,
): Promise<RemoteRecord | undefined> {
  // Names that are none are refused as they should be.
  const records = await adapter.fetch({ scope, collection, ids: [recordId] }, neverAborted()).catch(() => [])
  return records[0]
}

/** A cursor of the head, which may push. */
export async function headOf(
  adapter: BackendAdapter,
  scope: string,
): Promise<Pick<PushRequest, 'cursor' | 'epoch'>> {
  const { cursor, epoch } = await adapter.pull(
    { scope, collections: [], cursor: null, limit: 0 },
    neverAborted(),
  )
  return { cursor, epoch }
}

/** So high that every result may be forgotten. */
export const ALL_SETTLED: number = Number.MAX_SAFE_INTEGER

/** Time for others to get in between. */
export function stall(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The members of the model's cursors that mutants tamper with. */
export interface ModelCursor {
  readonly scope: string
  readonly epoch: number
  readonly position: number
  readonly head?: number
  readonly after?: string
}

/** The model's cursor, changed. */
export function tampered(cursor: string, change: (cursor: ModelCursor) => ModelCursor): string {
  return JSON.stringify(change(JSON.parse(cursor) as ModelCursor))
}
