import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren, start } from '../child.ts'
import { filesIn, MANUAL } from './fixtures.ts'
import { openClient } from './programs/engine-program.ts'
import { contentOf } from './settle.ts'

const { files, remove } = filesIn('shared')
afterAll(remove)
afterEach(endChildren)

const TIMES = 500
const NAMES = ['left', 'right'] as const
const TOTAL = TIMES * NAMES.length

describe('two processes on one store', () => {
  test('that both edit one record and both sync lose no update, and send each once (D9, ST2, I3, I7)', async () => {
    const { store, backend } = files()
    const db = await openClient({ store, backend, sync: MANUAL })
    await db.collection('counters').save({ id: 'shared', n: 0, by: {}, last: '' })
    await db.sync()
    await db.close()
    const said = NAMES.map(() => [] as string[])
    const children = NAMES.map((name, index) =>
      start('engine/programs/share-store', [store, backend, name, String(TIMES), String(TOTAL)], (line) =>
        said[index]!.push(line),
      ),
    )
    await Promise.all(children.map((child) => child.line((line) => line === 'ready')))
    const done = children.map((child) => child.line((line) => line === 'done'))
    for (const child of children) child.tell('go')
    await Promise.all(done)
    const settled = children.map((child) => child.line((line) => line.startsWith('settled ')))
    for (const child of children) child.tell('settle')
    for (const line of await Promise.all(settled)) {
      expect(JSON.parse(line.slice(8))).toMatchObject({ pending: 0, parked: 0 })
    }
    for (const child of children) child.tell('end')
    for (const child of children) expect(await child.ended).toMatchObject({ code: 0, errors: '' })
    expect(said.flat().filter((line) => line.startsWith('error'))).toEqual([])

    const after = await openClient({ store, backend, sync: MANUAL })
    expect(await after.collection('counters').get('shared')).toMatchObject({
      n: TOTAL,
      by: { left: TIMES, right: TIMES },
    })
    expect(await after.collection('notes').count()).toBe(TOTAL)
    await after.sync()
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await contentOf(other)).toEqual(await contentOf(after))
    expect(await after.verify()).toMatchObject({ different: [], missingHere: [], missingThere: [] })
    // Each saw the other's commits while they were made: what one counts up to alone is half of it.
    for (const lines of said) {
      const seen = lines.filter((line) => line.startsWith('watched ')).map((line) => Number(line.slice(8)))
      expect(seen.at(-1)).toBe(TOTAL)
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
      expect(seen.length).toBeGreaterThan(10)
    }
    await Promise.all([after.close(), other.close()])
  })

  test("a live query here shows the other's commit, and what the other left unsent is sent here (Q8, W21, D5)", async () => {
    const { store, backend } = files()
    const here = await openClient({ store, backend, sync: MANUAL })
    await here.collection('counters').save({ id: 'shared', n: 0, by: {}, last: '' })
    await here.sync()
    const watched = here.collection('counters').watch('shared')
    const seen = new Promise<number>((resolve) => {
      watched.subscribe((counter) => {
        if (counter !== undefined && counter.n === 3) resolve(counter.n)
      })
    })
    // It is killed as soon as it has saved, with or without having sent it.
    const child = start('engine/programs/share-store', [store, backend, 'there', '3', '3'])
    await child.line((line) => line === 'ready')
    const done = child.line((line) => line === 'done')
    child.tell('go')
    await done
    child.kill()
    await child.ended
    expect(await seen).toBe(3)
    await here.sync()
    expect(here.status.pending).toBe(0)
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await contentOf(other)).toEqual(await contentOf(here))
    expect(await other.collection('counters').get('shared')).toMatchObject({ n: 3, by: { there: 3 } })
    await Promise.all([here.close(), other.close()])
  })
})
