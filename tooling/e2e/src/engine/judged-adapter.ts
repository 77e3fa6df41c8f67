/** Adapters around the real one: what they refuse or lose never reaches it, and all that is asked is written down. */
import type { BackendAdapter, Mutation, PullRequest, PushOutcome, PushRequest } from '@synclayer/core/adapter'
import { backendAt } from './programs/engine-program.ts'

export interface JudgedAdapter {
  readonly adapter: BackendAdapter
  /** All that was asked for, as it was sent. */
  readonly pulls: PullRequest[]
  readonly pushes: PushRequest[]
}

export interface Judgement {
  /** Answers a mutation in the backend's place; undefined lets it through. */
  readonly mutation?: (mutation: Mutation) => PushOutcome | undefined
  /** Called before each pull; may throw. */
  readonly pull?: (request: PullRequest, count: number) => void | Promise<void>
  /** Called before each push; may throw. */
  readonly push?: (request: PushRequest, count: number) => void | Promise<void>
  /** Called after each push was applied; may throw, so that its answer is lost. */
  readonly answer?: (request: PushRequest, count: number) => void | Promise<void>
}

/** The adapter of the file at `path`, but for what `judge` decides. */
export function judged(path: string, judge: Judgement = {}): JudgedAdapter {
  const inner = backendAt(path)
  const pulls: PullRequest[] = []
  const pushes: PushRequest[] = []
  const adapter: BackendAdapter = {
    ...inner,
    async pull(request, signal) {
      pulls.push(request)
      await judge.pull?.(request, pulls.length)
      return inner.pull(request, signal)
    },
    async push(request, signal) {
      pushes.push(request)
      const { length } = pushes
      await judge.push?.(request, length)
      const answers = new Map(request.mutations.map((mutation) => [mutation.id, judge.mutation?.(mutation)]))
      const mutations = request.mutations.filter(({ id }) => answers.get(id) === undefined)
      const response = await inner.push({ ...request, mutations }, signal)
      await judge.answer?.(request, length)
      const refused = [...answers].flatMap(([id, outcome]) =>
        outcome === undefined ? [] : [{ id, ...outcome }],
      )
      return { ...response, results: [...response.results, ...refused] }
    },
  }
  return { adapter, pulls, pushes }
}
