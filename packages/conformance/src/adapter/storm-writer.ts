/** Writers of a storm: they create, change and delete records that others change too, and tell the log what was accepted. */
import {
  type BackendAdapter,
  isSyncError,
  type Mutation,
  type PushResult,
  type RemoteRecord,
  type Version,
} from '@synclayer/core/adapter'
import { assert, assertEqual } from '../expect.ts'
import type { SeededRandom } from '../runner.ts'
import type { CommitLog } from './commit-log.ts'
import { createTestClient, type TestClient, turn } from './test-client.ts'

export interface StormWriter {
  /** One push, or one push again. */
  step(): Promise<void>
  /** Sends again what has no answer yet, until all have one. */
  finish(): Promise<void>
  /** The states it was shown in conflicts. */
  readonly shown: readonly RemoteRecord[]
}

export interface WriterOptions {
  readonly id: string
  readonly scope: string
  readonly adapters: readonly BackendAdapter[]
  readonly random: SeededRandom
  readonly log: CommitLog
  /** Whether pushes are sent twice at the same moment, and answers are lost. */
  readonly faults: boolean
}

/** What a writer knows of a record that others change too. */
interface Known {
  readonly version: Version
  readonly deleted: boolean
}

// Few enough that writers meet, with enough that not every change is a conflict.
const SHARED_RECORDS = 24
const LARGE_PUSH = 60
const MOST_ATTEMPTS = 200

/** A writer that has not begun. */
export function createStormWriter(options: WriterOptions): StormWriter {
  const { id, scope, adapters, random, log, faults } = options
  // The same client over each connection, as after a reconnect.
  const clients = adapters.map((adapter) => createTestClient(adapter, { id, scope }))
  const [author] = clients as [TestClient]
  const { patch, groups, memory, maxBatch } = adapters[0]!.capabilities
  const known = new Map<string, Known | null>()
  const shown: RemoteRecord[] = []
  let unanswered: (readonly Mutation[])[] = []
  let created = 0
  let pushes = 0

  const numberOf = (mutation: Mutation): number => Number(mutation.id.slice(id.length + 1))

  const settledBy = (sending: readonly Mutation[]): number =>
    Math.min(...[...unanswered.flat(), ...sending].map(numberOf))

  const changeShared = (group: string | undefined): Mutation => {
    const recordId = `shared${random.whole(SHARED_RECORDS)}`
    const state = known.get(recordId)
    const head = { recordId, base: state?.version ?? null, ...(group === undefined ? {} : { group }) }
    const mark = `${id}:${pushes}`
    if (state?.deleted === false && random.chance(0.25)) return author.edit({ ...head, kind: 'delete' })
    if (state?.deleted === false && patch && random.chance(0.4)) {
      return author.edit({ ...head, kind: 'patch', patch: { set: { [`/by${random.whole(4)}`]: mark } } })
    }
    return author.edit({ ...head, data: { id: recordId, by: mark } })
  }

  const compose = (): readonly Mutation[] => {
    const group = groups && random.chance(0.3) ? `g${pushes}` : undefined
    const large = random.chance(0.02)
    const count = large ? Math.min(LARGE_PUSH, maxBatch) : 1 + random.whole(Math.min(4, maxBatch))
    const mutations = new Map<string, Mutation>()
    for (let n = 0; n < count; n++) {
      // Most records are written once: that one of them was missed is not covered up by a later change.
      const once = large || random.chance(0.6)
      const recordId = once ? `${id}-${created++}` : undefined
      const data = { id: recordId ?? '', by: id }
      const mutation =
        recordId === undefined
          ? changeShared(group)
          : author.edit({ recordId, data, ...(group === undefined ? {} : { group }) })
      if (!mutations.has(mutation.recordId)) mutations.set(mutation.recordId, mutation)
    }
    return [...mutations.values()]
  }

  /** Takes answers for what they are; answers what is to be sent again. */
  const take = (mutations: readonly Mutation[], results: readonly PushResult[]): readonly Mutation[] =>
    mutations.filter((mutation, index) => {
      const result = results[index]!
      switch (result.status) {
        case 'accepted':
          log.accepted(mutation, result.version)
          known.set(mutation.recordId, { version: result.version, deleted: mutation.kind === 'delete' })
          return false
        case 'conflict':
          assert(result.current?.version !== mutation.base, `${mutation.id} conflicts with its own base (A2)`)
          if (result.current !== null) shown.push(result.current)
          // Without a memory of results, this is how a client learns that it was applied.
          if (result.current?.mutation === mutation.id) log.accepted(mutation, result.current.version)
          known.set(mutation.recordId, result.current)
          return false
        case 'aborted':
          return false
        case 'retry':
          return true
        case 'rejected':
          throw new Error(`${mutation.id} was rejected: ${JSON.stringify(result)}`)
      }
    })

  /** Sends until every mutation has an answer. */
  const settle = async (mutations: readonly Mutation[], twins = 1): Promise<void> => {
    let waiting = mutations
    for (let attempt = 0; waiting.length > 0; attempt++) {
      assert(attempt < MOST_ATTEMPTS, `${id}: no answer to ${waiting[0]?.id} after ${attempt} attempts (A8)`)
      const sending = waiting
      const senders = Array.from({ length: twins }, () => random.pick(clients))
      const answers = await Promise.all(senders.map((sender) => send(sender, sending, settledBy(sending))))
      const heard = answers.filter((answer) => answer !== null)
      if (memory === 'full') heard.forEach((results) => assertAlike(sending, heard[0]!, results))
      waiting =
        heard.length === 0
          ? sending
          : take(
              sending,
              sending.map((_, index) => bestOf(heard, index)),
            )
      if (waiting.length === 0) return
      // A purge may have left the client behind.
      for (const client of clients) await client.enter()
      await turn()
    }
  }

  /** Sends, hears nothing, and goes on: what became of it is found out later. */
  const sendUnheard = async (mutations: readonly Mutation[]): Promise<void> => {
    const sender = random.pick(clients)
    if (sender.cursor === null) await sender.enter()
    const abort = new AbortController()
    const settled = settledBy(mutations)
    const { cursor, epoch } = sender
    const request = { scope, clientId: id, settled, epoch, cursor: cursor!, mutations }
    const answer = random
      .pick(adapters)
      .push(request, abort.signal)
      .catch(() => undefined)
    unanswered.push(mutations)
    if (random.chance()) {
      for (let turns = random.whole(3); turns > 0; turns--) await turn()
      abort.abort()
    }
    await answer
  }

  return {
    shown,
    async step() {
      pushes += 1
      const [oldest] = unanswered
      if (oldest !== undefined && random.chance(0.4)) {
        await settle(oldest, random.chance(0.3) ? 2 : 1)
        unanswered = unanswered.slice(1)
        return
      }
      const mutations = compose()
      // Where results are not remembered, what became of an unheard push may never be known.
      if (faults && memory === 'full' && random.chance(0.15)) return sendUnheard(mutations)
      return settle(mutations, faults && random.chance(0.2) ? 2 + random.whole(2) : 1)
    },
    async finish() {
      for (const mutations of unanswered.splice(0)) await settle(mutations)
    },
  }
}

/** The results, in the order of the mutations; null where nothing is known of any. */
async function send(
  client: TestClient,
  mutations: readonly Mutation[],
  settled: number,
): Promise<readonly PushResult[] | null> {
  try {
    return await client.push(mutations, { settled })
  } catch (error) {
    if (isSyncError(error) && error.retryable) return null
    throw error
  }
}

/** Of the answers to copies of one mutation, the one that says it was applied; with `memory: 'record'` they may differ. */
function bestOf(heard: readonly (readonly PushResult[])[], index: number): PushResult {
  const answers = heard.map((results) => results[index]!)
  return (
    answers.find(({ status }) => status === 'accepted') ??
    answers.find(({ status }) => status !== 'retry') ??
    answers[0]!
  )
}

/**
 * Copies of one push, sent at the same moment, are answered alike: they were one push. Why it was not applied may differ:
 * between two looks at a group that fails another of its records may have been changed.
 */
function assertAlike(
  sent: readonly Mutation[],
  first: readonly PushResult[],
  other: readonly PushResult[],
): void {
  for (const [index, mutation] of sent.entries()) {
    const [left, right] = [first[index]!, other[index]!]
    if (left.status === 'retry' || right.status === 'retry') continue
    const [isApplied, isAppliedToo] = [left.status === 'accepted', right.status === 'accepted']
    assertEqual(isAppliedToo, isApplied, `whether copies of ${mutation.id} were accepted (A3)`)
    if (left.status === 'accepted' && right.status === 'accepted')
      assertEqual(right.version, left.version, `versions answered to copies of ${mutation.id} (A3)`)
  }
}
