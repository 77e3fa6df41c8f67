import { describe, expect, test } from 'vitest'
import type { Family } from '../family.ts'
import { codes, createTablesLab, put } from './tables-lab.ts'

/** Types that only MariaDB has. */
export function uuidTypeTests(family: Family): void {
  describe('types of MariaDB', { timeout: 60_000 }, () => {
    test('UUIDs and addresses are texts', async () => {
      const lab = await createTablesLab(family, ['CREATE TABLE ByUuid (Id UUID PRIMARY KEY, Ip INET6)'], {
        uuids: { table: 'ByUuid', id: 'Id' },
      })
      try {
        const id = '123e4567-e89b-42d3-a456-426614174000'
        expect(codes(await lab.push(put('uuids', id, { Ip: '2001:db8::1' })))).toEqual(['accepted'])
        await lab.sql(`UPDATE ByUuid SET Ip = '::1'`)
        expect(await lab.changes()).toMatchObject([{ id, data: { id, Ip: '::1' } }])
      } finally {
        await lab.close()
      }
    })
  })
}
