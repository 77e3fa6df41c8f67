import type { BackendAdapter } from '@synclayer/core/adapter'
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, context, outcomes, pull, put } from '../calls.ts'
import type { Family, FamilyOptions } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000

const HOSTILE = `'; DROP TABLE synclayer_record; -- \\' \\\\ " \` \n\u001a ? ?? :id %s 😀 é e\u0301`

/** A pool of the user's, whatever its sessions are set to. */
export function sessionTests(family: Family): void {
  describe('a pool of the user', { timeout: TIMEOUT_MS }, () => {
    let lab: Lab
    const pools: Pool[] = []
    beforeAll(async () => {
      lab = await createLab(family.url)
    }, TIMEOUT_MS)
    afterAll(async () => {
      for (const pool of pools) await pool.end()
      await lab.close()
    }, TIMEOUT_MS)
    const poolWith = async (setUp: string, options: Parameters<typeof createPool>[0] = {}): Promise<Pool> => {
      const pool = createPool({
        uri: lab.url,
        connectionLimit: 1,
        charset: 'utf8mb4',
        ...(options as object),
      })
      pools.push(pool)
      if (setUp !== '') await pool.query(setUp)
      return pool
    }
    const open = async (options: FamilyOptions): Promise<BackendAdapter> => {
      const adapter = family.adapter(options)
      await adapter.open(context())
      return adapter
    }
    const sessionOf = async (pool: Pool): Promise<unknown> => {
      const [rows] = await pool.query<RowDataPacket[]>(
        'SELECT @@sql_mode AS mode, @@autocommit AS autocommit, @@innodb_lock_wait_timeout AS wait',
      )
      return rows
    }

    test.each([
      `SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'`,
      `SET SESSION sql_mode = ''`,
      `SET SESSION sql_mode = 'ANSI,PAD_CHAR_TO_FULL_LENGTH', SESSION autocommit = 0`,
      'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
      'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SET SESSION innodb_lock_wait_timeout = 77',
    ])('holds hostile texts, and is as before afterwards: %s (A6, A9)', async (setUp) => {
      await lab.sql(
        'DROP TABLE IF EXISTS synclayer_record, synclayer_feed, synclayer_mark, synclayer_result, synclayer_meta',
      )
      const pool = await poolWith(setUp)
      const before = await sessionOf(pool)
      const adapter = await open({ pool })
      const hostile = { ...put(1), recordId: `id'"\\`, data: { id: `id'"\\`, text: HOSTILE } }
      expect(await outcomes(adapter, hostile)).toEqual(['accepted'])
      const { changes } = await pull(adapter, null)
      expect(changes).toMatchObject([{ id: `id'"\\`, data: { text: HOSTILE } }])
      expect(await outcomes(adapter, { ...hostile, kind: 'delete', data: undefined as never })).toEqual([
        'MUTATION_ID_REUSED',
      ])
      await adapter.close()
      expect(await sessionOf(pool)).toEqual(before)
    })

    test('may read numbers as texts, rows as it likes, and dates as it likes', async () => {
      const pool = await poolWith('', {
        supportBigNumbers: true,
        bigNumberStrings: true,
        rowsAsArray: false,
        namedPlaceholders: true,
        dateStrings: true,
        typeCast: () => 'nonsense',
      })
      const adapter = await open({ pool })
      expect(await outcomes(adapter, put(2))).toEqual(['accepted'])
      expect((await pull(adapter, null)).changes.map(({ id }) => id)).toContain('r2')
      await adapter.close()
    })

    test('whose charset cannot hold every text is refused', async () => {
      const pool = await poolWith('', { charset: 'latin1' })
      expect(await codeOf(open({ pool }))).toBe('INVALID_OPTION')
    })

    test('whose connections are all taken is TIMEOUT, and serves again once one is free', async () => {
      const pool = await poolWith('')
      const adapter = await open({ pool, connectTimeout: 100 })
      const taken = await pool.getConnection()
      expect(await codeOf(pull(adapter, null))).toBe('TIMEOUT, retryable')
      expect(await codeOf(pull(adapter, null))).toBe('TIMEOUT, retryable')
      taken.release()
      expect((await pull(adapter, null)).hasMore).toBe(false)
      await adapter.close()
    })
  })
}
