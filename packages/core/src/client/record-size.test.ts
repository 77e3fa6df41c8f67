import { expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

test('a document larger than the backend takes is refused before it is written, in bytes (D1, D13)', async () => {
  const deps = testDeps()
  const inner = createModelBackend({ now: () => deps.clock.now() }).adapter()
  const adapter: BackendAdapter = { ...inner, capabilities: { ...inner.capabilities, maxRecordBytes: 100 } }
  const db = await createTestLayer(
    {
      collections: { notes: collection(), drafts: collection({ local: true }) },
      adapter,
      sync: { auto: false },
    },
    deps,
  )
  const notes = db.collection('notes')
  await notes.save({ id: 'fits', t: 'x'.repeat(77) })
  const tooLarge = expect.objectContaining({
    code: 'RECORD_TOO_LARGE',
    details: { collection: 'notes', id: 'large', bytes: 141, most: 100 },
  }) as unknown
  await expect(notes.save({ id: 'large', t: 'é'.repeat(60) })).rejects.toEqual(tooLarge)
  await expect(notes.update('fits', { t: 'x'.repeat(90) })).rejects.toMatchObject({
    code: 'RECORD_TOO_LARGE',
  })
  expect(await notes.getAll()).toEqual([{ id: 'fits', t: 'x'.repeat(77) }])
  await db.collection('drafts').save({ id: 'large', t: 'x'.repeat(1_000) })
  expect((await db.sync()).pushed).toBe(1)
  await db.close()
})
