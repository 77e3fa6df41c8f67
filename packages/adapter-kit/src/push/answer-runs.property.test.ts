/** What is remembered by runs is answered as it was accepted, mutation by mutation. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatVersion } from '../feed/version.ts'
import { type AcceptedMutation, type AnswerRun, answersIn, rangesOf, runsOf } from './answer-runs.ts'

const EPOCH = '000000001.aaaaaaaaaa'
const MARK = 'bbbbbbbbbb'
const CLIENTS = ['c', 'd', 'c.1']

/** Of transactions: interleaved clients, numbers in any order and with holes, and positions that others took. */
const transactions = fc
  .uniqueArray(
    fc.record({
      clientId: fc.constantFrom(...CLIENTS),
      n: fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 3_000 })),
      skipped: fc.constantFrom(0, 0, 0, 1, 40),
      commits: fc.constantFrom(false, false, false, true),
      rises: fc.boolean(),
    }),
    { selector: ({ clientId, n }) => `${clientId}.${n}`, maxLength: 60 },
  )
  .map((written) => {
    let position = 30
    // Half of them as clients send them, so that there are runs.
    const sorted = written[0]?.rises === true ? written.toSorted((a, b) => a.n - b.n) : written
    const all: AcceptedMutation[][] = [[]]
    for (const { clientId, n, skipped, commits } of sorted) {
      position += 1 + skipped
      if (commits) all.push([])
      const identity = `time put todos ${clientId} ${n}`
      all.at(-1)?.push({ clientId, n, position, identity, version: formatVersion(EPOCH, position, MARK) })
    }
    return all
  })

const loaded = (runs: readonly AnswerRun[], sent: readonly AcceptedMutation[]): readonly AnswerRun[] =>
  rangesOf(sent).flatMap(({ clientId, from, to }) =>
    runs.filter((run) => run.clientId === clientId && run.last >= from && run.first <= to),
  )

describe('runs of answers', () => {
  test('answer every mutation with its identity and its version, and no other (A3)', () => {
    fc.assert(
      fc.property(transactions, (all) => {
        const answer = answersIn(all.flatMap(runsOf))
        const accepted = new Map(
          all.flat().map((mutation) => [`${mutation.clientId}.${mutation.n}`, mutation]),
        )
        for (const clientId of [...CLIENTS, 'stranger']) {
          for (let n = 0; n <= 40; n++) {
            const known = accepted.get(`${clientId}.${n}`)
            expect(answer(clientId, n)).toEqual(known && { identity: known.identity, version: known.version })
          }
        }
        for (const { clientId, n, identity, version } of accepted.values())
          expect(answer(clientId, n)).toEqual({ identity, version })
      }),
    )
  })

  test('are all found that hold a number of what is sent, and no number is in two', () => {
    fc.assert(
      fc.property(transactions, fc.nat(), (all, seed) => {
        const runs = all.flatMap(runsOf)
        const sent = all.flat().filter(({ n }) => (n ^ seed) % 3 !== 0)
        const answer = answersIn(loaded(runs, sent))
        for (const { clientId, n, identity, version } of sent)
          expect(answer(clientId, n)).toEqual({ identity, version })
        for (const { clientId, n } of all.flat())
          expect(
            runs.filter((run) => run.clientId === clientId && run.first <= n && n <= run.last),
          ).toHaveLength(1)
      }),
    )
  })
})

const accepted = (count: number): AcceptedMutation[] =>
  Array.from({ length: count }, (_, index) => ({
    clientId: 'c',
    n: index + 5,
    position: index + 100,
    identity: `i${index}`,
    version: formatVersion(EPOCH, index + 100, MARK),
  }))

test('a push of new documents is remembered by one row, a very long one by several', () => {
  expect(runsOf(accepted(100))).toMatchObject([
    { clientId: 'c', first: 5, last: 104, version: formatVersion(EPOCH, 100, MARK) },
  ])
  expect(runsOf(accepted(1_200)).map(({ first, last }) => [first, last])).toEqual([
    [5, 504],
    [505, 1_004],
    [1_005, 1_204],
  ])
})

describe('ranges of numbers', () => {
  test('are one where few numbers are left out, in whatever order they come', () => {
    const sent = [7, 3, 20, 4].map((n) => ({ clientId: 'c', n }))
    expect(rangesOf(sent)).toEqual([{ clientId: 'c', from: 3, to: 20 }])
  })

  test('keep apart what lies far apart, and clients, and leave out what has no number', () => {
    const sent = [1, 900_000, 2, -1].map((n) => ({ clientId: 'c', n }))
    expect(rangesOf([...sent, { clientId: 'd', n: 1 }])).toEqual([
      { clientId: 'c', from: 1, to: 2 },
      { clientId: 'c', from: 900_000, to: 900_000 },
      { clientId: 'd', from: 1, to: 1 },
    ])
  })
})
