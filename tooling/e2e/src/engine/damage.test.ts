import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { filesIn, gather, MANUAL, notesOf } from './fixtures.ts'
import { openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'

const { files, remove } = filesIn('damage')
afterAll(remove)

/** Flips one bit of a text in a file, wherever it is. */
function flip(path: string, text: string): void {
  const bytes = readFileSync(path)
  let flipped = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at] = bytes[at]! ^ 0x01
    flipped += 1
  }
  expect(flipped).toBeGreaterThan(0)
  writeFileSync(path, bytes)
}

describe('damaged rows', () => {
  test('are set aside, reported, and fetched again; others are unharmed (ST6, W19)', async () => {
    const { store, backend } = files()
    const first = await openClient({ store, backend, sync: MANUAL })
    await first.collection('notes').saveAll(notesOf('note', 200))
    await first.collection('notes').saveAll([
      { id: 'damaged-1', text: 'Zanzibar one.', n: 1 },
      { id: 'damaged-2', text: 'Zanzibar two.', n: 2 },
    ])
    await first.sync()
    const whole = await contentOf(first)
    await first.close()
    flip(store, 'Zanzibar')

    const second = await openClient({ store, backend, sync: MANUAL })
    const errors = gather(second, 'error')
    expect(await second.collection('notes').get('damaged-1')).toBeUndefined()
    expect(await second.collection('notes').count()).toBeGreaterThanOrEqual(200)
    expect((await second.collection('notes').getAll()).map(({ id }) => id)).toHaveLength(200)
    expect(errors.map(({ error, id }) => [error.code, id])).toEqual([
      ['STORAGE_CORRUPT', 'damaged-1'],
      ['STORAGE_CORRUPT', 'damaged-2'],
    ])
    // Everything else goes on meanwhile.
    await second.collection('notes').update('note-5', { text: 'Edited.' })
    await second.sync()
    await second.sync()
    expect(await contentOf(second)).toEqual({
      ...whole,
      notes: whole['notes']!.map((note) =>
        (note as { id: string }).id === 'note-5' ? { ...(note as object), text: 'Edited.' } : note,
      ),
    })
    expect(await second.verify()).toMatchObject({
      damaged: [],
      different: [],
      missingHere: [],
      missingThere: [],
    })
    await second.close()
  })

  test('that nobody reads are found and mended by `verify`, unsent changes of others are kept (ST6, R7)', async () => {
    const { store, backend } = files()
    const first = await openClient({ store, backend, sync: MANUAL })
    await first.collection('notes').saveAll(notesOf('note', 50))
    await first.collection('notes').save({ id: 'damaged', text: 'Zanzibar.', n: 1 })
    // Twice: what it has sent comes back to it once, and would mend what is damaged.
    await first.sync()
    await first.sync()
    await first.collection('notes').update('note-1', { text: 'Not sent yet.' })
    await first.close()
    flip(store, 'Zanzibar')
    const second = await openClient({ store, backend, sync: MANUAL })
    const found = await second.verify({ repair: true })
    expect(found.damaged).toEqual([{ collection: 'notes', id: 'damaged' }])
    expect(await second.collection('notes').get('damaged')).toMatchObject({ text: 'Zanzibar.' })
    expect(await second.collection('notes').get('note-1')).toMatchObject({ text: 'Not sent yet.' })
    const other = await openClient({ backend, sync: MANUAL })
    await settleAll([second, other])
    expect(await contentOf(other)).toEqual(await contentOf(second))
    await Promise.all([second.close(), other.close()])
  })

  test('with an unsent change are reported, kept in the file, and hold up no other (ST6, W19)', async () => {
    const { store, backend } = files()
    const first = await openClient({ store, backend, sync: MANUAL })
    await first.collection('notes').saveAll(notesOf('note', 5))
    await first.collection('notes').save({ id: 'damaged', text: 'Zanzibar.', n: 1 })
    await first.close()
    flip(store, 'Zanzibar')
    const second = await openClient({ store, backend, sync: MANUAL })
    const errors = gather(second, 'error')
    await second.sync()
    expect(errors.map(({ error, id }) => [error.code, id])).toEqual([['STORAGE_CORRUPT', 'damaged']])
    expect(second.status.pending).toBe(0)
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await other.collection('notes').count()).toBe(5)
    // Saved again it is whole again, and goes its way; what was damaged is still in the file.
    await second.collection('notes').save({ id: 'damaged', text: 'Written anew.', n: 2 })
    await settleAll([second, other])
    expect(await other.collection('notes').get('damaged')).toMatchObject({ text: 'Written anew.' })
    expect(second.status.pending).toBe(0)
    await Promise.all([second.close(), other.close()])
    const database = new Database(store, { readonly: true })
    const kept = database.prepare('SELECT document FROM set_aside').pluck().all()
    database.close()
    expect(kept).toEqual([expect.stringContaining('[anzibar.')])
  })
})

describe('a file that is no store', () => {
  test.each([
    ['a text', (path: string) => writeFileSync(path, 'This is no database, but rather a text. '.repeat(100))],
    [
      'a database of another program',
      (path: string) => {
        const database = new Database(path)
        database.exec("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ada')")
        database.close()
      },
    ],
  ])('%s is STORAGE_CORRUPT, and stays as it is (ST7)', async (_what, make) => {
    const { store, backend } = files()
    make(store)
    const before = readFileSync(store)
    await expect(openClient({ store, backend, sync: MANUAL })).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
    })
    expect(readFileSync(store)).toEqual(before)
  })
})

describe('a disk that is full', () => {
  test('rejects saves with STORAGE_FULL, loses nothing, and takes more once there is room (ST7, D5)', async () => {
    const { store, backend } = files()
    // The limit on the size of files stands for a disk. Node ignores the signal that comes with it only when told to
    // before it starts; the limit is soft, so that it can be lifted.
    const script = `trap '' XFSZ; ulimit -S -f 6000; exec "$0" "$@"`
    const program = fileURLToPath(new URL('../../dist/engine/programs/fill-store.js', import.meta.url))
    const child = spawn('bash', ['-c', script, process.execPath, program, store, backend])
    const closed = once(child, 'close')
    let errors = ''
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (!line.startsWith('full ')) continue
      const [code] = (await once(spawn('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited']), 'close')) as [
        number,
      ]
      expect(code).toBe(0)
      child.stdin.write('room\n')
    }
    expect(await closed, errors).toEqual([0, null])
    const [full, after] = lines.map(
      (line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>,
    )
    expect(full).toMatchObject({ code: 'STORAGE_FULL' })
    expect(full!['acknowledged']).toBeGreaterThan(20)
    expect(full!['readable']).toBe(full!['acknowledged'])
    expect(after).toEqual({ acknowledged: Number(full!['acknowledged']) + 10, pending: 0 })
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await other.collection('notes').count()).toBe(after!['acknowledged'])
    await other.close()
  })
})
