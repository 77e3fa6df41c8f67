import { SyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts'

const NEVER = new AbortController().signal

/** A commit that waits until it is let go. */
function lab(
  most = 10,
  options: Pick<GroupCommitOptions<string, string>, 'answerLater' | 'gather'> = {},
): {
  readonly add: (work: string, signal?: AbortSignal, scope?: string) => Promise<string>
  readonly commits: (readonly string[])[]
  readonly finish: (outcome?: Error) => Promise<void>
} {
  const commits: (readonly string[])[] = []
  const waiting: ((outcome: Error | undefined) => void)[] = []
  const group = createGroupCommit<string, string>({
    commit: (_scope, works) => {
      commits.push(works)
      return new Promise((resolve, reject) => {
        waiting.push((outcome) =>
          outcome === undefined ? resolve(works.map((work) => `${work}!`)) : reject(outcome),
        )
      })
    },
    sizeOf: ({ length }) => length,
    most,
    ...options,
  })
  return {
    commits,
    add: (work, signal = NEVER, scope = 's') => {
      const added = group.add(scope, work, signal)
      // Tests look at what became of it later.
      added.catch(() => undefined)
      return added
    },
    finish: async (outcome) => {
      waiting.shift()?.(outcome)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('group commit', () => {
  test('what arrives while another is committed shares the next transaction, in order', async () => {
    const { add, commits, finish } = lab()
    const all = Promise.all(['a', 'b', 'c'].map((work) => add(work)))
    expect(commits).toEqual([['a']])
    await finish()
    expect(commits).toEqual([['a'], ['b', 'c']])
    await finish()
    expect(await all).toEqual(['a!', 'b!', 'c!'])
  })

  test('who was just answered and comes again at once shares a transaction with those who wait, if they are few', async () => {
    const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const { add, commits, finish } = lab(40, { gather: nextTurn })
    const again = add('a').then(() => add('c'))
    await nextTurn()
    const b = add('b')
    await finish()
    await nextTurn()
    expect(commits).toEqual([['a'], ['b', 'c']])
    const many = add('dddd')
    await finish()
    expect(await Promise.all([again, b])).toEqual(['c!', 'b!'])
    expect(commits).toEqual([['a'], ['b', 'c'], ['dddd']])
    await finish()
    expect(await many).toBe('dddd!')
  })

  test('scopes do not wait for each other', () => {
    const { add, commits } = lab()
    void add('a')
    void add('b', NEVER, 'other')
    expect(commits).toEqual([['a'], ['b']])
  })

  test('a transaction takes only so much, and what is larger goes alone', async () => {
    const { add, commits, finish } = lab(4)
    const all = Promise.all(['a', 'bb', 'cc', 'd', 'eeeeeee', 'f'].map((work) => add(work)))
    for (let count = 0; count < 5; count++) await finish()
    await all
    expect(commits).toEqual([['a'], ['bb', 'cc'], ['d'], ['eeeeeee'], ['f']])
  })

  test('who gives up while waiting is left out; who is being committed is not', async () => {
    const { add, commits, finish } = lab()
    const early = new AbortController()
    const late = new AbortController()
    const first = add('a', early.signal)
    const second = add('b', late.signal)
    const third = add('c')
    early.abort()
    late.abort()
    await finish()
    await finish()
    expect(await first).toBe('a!')
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await third).toBe('c!')
    expect(commits).toEqual([['a'], ['c']])
    await expect(add('d', early.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('the next transaction can be begun before those of the last are answered', async () => {
    const answers: (() => void)[] = []
    const { add, commits, finish } = lab(10, { answerLater: (answer) => answers.push(answer) })
    let answered = 0
    const all = ['a', 'b'].map(async (work) => add(work).then(() => (answered += 1)))
    await finish()
    expect([commits, answered]).toEqual([[['a'], ['b']], 0])
    answers[0]!()
    await all[0]
    expect(answered).toBe(1)
    // Nobody waits any more, so there is nothing to begin first.
    await finish()
    await all[1]
    expect(answers).toHaveLength(1)
  })

  test('a failure is that of all who shared it, and of nobody after', async () => {
    const { add, finish } = lab()
    const first = add('a')
    const others = [add('b'), add('c')]
    await finish()
    const failure = new SyncError('NETWORK', 'The connection broke')
    await finish(failure)
    expect(await first).toBe('a!')
    for (const other of others) await expect(other).rejects.toBe(failure)
    const next = add('d')
    await finish()
    expect(await next).toBe('d!')
  })
})
