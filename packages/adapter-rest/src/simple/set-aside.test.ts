import { createSyncLayer } from '@synclayer/core'
import { describe, expect, test } from 'vitest'
import { restAdapter } from '../rest-adapter.ts'

describe('a plain backend whose records cannot all be read', () => {
  test('holds up nothing but those, and they come once they are mended', async () => {
    let zone = ''
    const given = () => [
      { recordId: 'bad', data: {}, version: 1, updatedAt: `2026-01-01T00:00:00${zone}` },
      { recordId: 'good', data: {}, version: 1, updatedAt: '2026-01-01T00:00:01Z' },
    ]
    const db = await createSyncLayer({
      adapter: restAdapter({
        url: 'https://plain.test',
        dialect: 'simple',
        fetch: async () => new Response(JSON.stringify(given())),
      }),
      collections: ['todos'],
      sync: { auto: false },
      logger: 'off',
    })
    const told: unknown[] = []
    db.on('error', ({ error }) => told.push(error.code))
    await db.sync()
    expect([await db.collection('todos').getAll(), told]).toEqual([[{ id: 'good' }], ['PROTOCOL']])
    zone = 'Z'
    await db.sync()
    expect(await db.collection('todos').get('bad')).toEqual({ id: 'bad' })
    expect(await db.verify()).toMatchObject({ checked: 2 })
    await db.close()
  })
})
