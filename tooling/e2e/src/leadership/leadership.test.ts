import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { type Files, filesIn, MANUAL } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { type Member, startMember, whoSyncs } from './members.ts'

const { files, remove } = filesIn('leadership')
afterAll(remove)
afterEach(endChildren)

/** What the backend holds, as another device gets it. */
async function sentTo(backend: string): Promise<readonly string[]> {
  const db = await openClient({ backend, sync: MANUAL })
  await db.sync()
  const notes = await db.collection('notes').getAll()
  await db.close()
  return notes.map(({ id }) => id).sort()
}

async function startMembers(place: Files, ...names: readonly string[]): Promise<readonly Member[]> {
  const members: Member[] = []
  for (const name of names) members.push(await startMember(place, name))
  return members
}

async function endAll(members: readonly Member[]): Promise<void> {
  for (const { child } of members) child.tell('close')
  for (const { child } of members) expect(await child.ended).toMatchObject({ code: 0, errors: '' })
}

/** Stops its process between two of its commits: who stops within one keeps SQLite's lock, and everybody out. */
async function freezeAtRest(member: Member): Promise<void> {
  member.tell('rest')
  await member.heard('rested')
  member.child.process.kill('SIGSTOP')
}

/** Each note was brought to the backend by one process, once. */
function expectOnce(members: readonly Member[], ids: readonly string[]): void {
  expect(members.flatMap((member) => member.synced()).sort()).toEqual([...ids].sort())
  expect(members.flatMap((member) => member.said('error'))).toEqual([])
}

describe('of several processes on one SQLite store', () => {
  test('one syncs what all of them save, and all show all of it (W39, I3, Q8)', async () => {
    const place = files()
    const members = await startMembers(place, 'a', 'b', 'c')
    const [a, b, c] = members as [Member, Member, Member]
    for (const [index, by] of [a, b, c, b, a].entries())
      expect(await whoSyncs(members, by, `n${index}`)).toBe('a')
    for (const member of members) await member.heard('shown 5')
    const other = await openClient({ backend: place.backend, sync: MANUAL })
    await other.collection('notes').save({ id: 'elsewhere', text: '', n: 0 })
    await other.sync()
    await other.close()
    for (const member of members) await member.heard('shown 6')
    expectOnce(members, ['n0', 'n1', 'n2', 'n3', 'n4'])
    await endAll(members)
  })

  test.each(['close', 'pause'] as const)(
    'the next syncs at once after a %s of the one that did (W39)',
    async (how) => {
      const place = files()
      const members = await startMembers(place, 'a', 'b', 'c')
      const [a, b, c] = members as [Member, Member, Member]
      expect(await whoSyncs(members, b, 'first')).toBe('a')
      a.tell(how)
      if (how === 'close') await a.child.ended
      else await a.heard('phase paused pending 0')
      for (const member of [b, c]) member.tell('count')
      await Promise.all([b, c].map((member) => member.heard('counting')))
      const next = await whoSyncs(members, c, 'second')
      expect(next).not.toBe('a')
      // Nobody had to give up a leader that does not answer: that would take five ticks.
      expect(Number(members.find(({ name }) => name === next)!.last('ticks'))).toBeLessThan(3)
      await Promise.all([b, c].map((member) => member.heard('shown 2')))
      expectOnce(members, ['first', 'second'])
      await endAll(how === 'close' ? [b, c] : members)
    },
  )

  test('another takes over from one that is killed, with what it was sending (W39, I2, I3)', async () => {
    const place = files()
    const members = await startMembers(place, 'a', 'b')
    const [a, b] = members as [Member, Member]
    expect(await whoSyncs(members, b, 'first')).toBe('a')
    for (let n = 0; n < 50; n += 1) a.tell(`save a${n}`)
    await a.heard('saved a49')
    a.child.kill()
    await a.child.ended
    expect(await whoSyncs([b], b, 'last')).toBe('b')
    const ids = ['first', 'last', ...Array.from({ length: 50 }, (_, n) => `a${n}`)]
    await b.heard(`shown ${ids.length}`)
    expect(await sentTo(place.backend)).toEqual(ids.sort())
    await endAll([b])
  })

  test('another takes over from one that is frozen, which follows once it goes on (W39, I3)', async () => {
    const place = files()
    const members = await startMembers(place, 'a', 'b', 'c')
    const [a, b, c] = members as [Member, Member, Member]
    expect(await whoSyncs(members, b, 'first')).toBe('a')
    await freezeAtRest(a)
    const next = await whoSyncs([b, c], b, 'second')
    a.child.process.kill('SIGCONT')
    await Promise.all(members.map((member) => member.heard('shown 2')))
    for (const [index, by] of [a, b, c].entries()) expect(await whoSyncs(members, by, `n${index}`)).toBe(next)
    await Promise.all(members.map((member) => member.heard('shown 5')))
    expectOnce(members, ['first', 'second', 'n0', 'n1', 'n2'])
    await endAll(members)
  })

  test('no update of one record is lost while one of them is frozen, and goes on (D9, I2, I3, W39)', async () => {
    const place = files()
    const setUp = await openClient({ ...place, sync: MANUAL })
    await setUp.collection('counters').save({ id: 'shared', n: 0, by: {}, last: '' })
    await setUp.sync()
    await setUp.close()
    const members = await startMembers(place, 'a', 'b', 'c')
    const [a, b, c] = members as [Member, Member, Member]
    a.tell('add 50')
    await a.heard('added 50')
    await freezeAtRest(a)
    for (const member of [b, c]) member.tell('add 100')
    await Promise.all([b, c].map((member) => member.heard('added 100')))
    a.child.process.kill('SIGCONT')
    for (const member of members) member.tell('add 20')
    await Promise.all(members.map((member) => member.heard('added 20')))
    await Promise.all(members.map((member) => member.heard('counter 310')))
    expect(members.flatMap((member) => member.said('error'))).toEqual([])
    await endAll(members)
    const here = await openClient({ ...place, sync: MANUAL })
    await here.sync()
    const there = await openClient({ backend: place.backend, sync: MANUAL })
    await there.sync()
    for (const db of [here, there])
      expect(await db.collection('counters').get('shared')).toMatchObject({
        n: 310,
        by: { a: 70, b: 120, c: 120 },
      })
    await Promise.all([here.close(), there.close()])
  })
})
