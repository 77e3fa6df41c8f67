/** What MySQL and MariaDB have to do, each as it is delivered. */
import { createConnection } from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import type { RunningServer } from '../definition.ts'
import type { OwnServer } from '../own-server.ts'

export function describeSurvival(
  title: string,
  shared: RunningServer,
  own: OwnServer,
  log: 'ON' | 'OFF',
): void {
  describe(`${title}, as it is delivered`, { timeout: 60_000 }, () => {
    test('is durable, and lets an administrator in', async () => {
      const rows = await query(
        own.url,
        `SELECT @@innodb_flush_log_at_trx_commit AS durable, IF(@@log_bin, 'ON', 'OFF') AS log,
          CURRENT_USER() IN ('synclayer@%', 'root@%') AS administrator`,
      )
      expect(shared).toMatchObject({ product: title, version: expect.stringMatching(/^\d+\.\d+/) as string })
      expect(rows).toEqual([{ durable: 1, log, administrator: 1 }])
    })

    test('keeps what it has committed when it is killed', async () => {
      await query(own.url, 'CREATE DATABASE survival')
      await query(own.url, 'CREATE TABLE survival.kept (n INT) ENGINE=InnoDB')
      await query(own.url, 'INSERT INTO survival.kept VALUES (1)')
      await own.kill()
      await expect(query(own.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
      await own.start()
      expect(await query(own.url, 'SELECT n FROM survival.kept')).toEqual([{ n: 1 }])
      await own.end()
    })
  })
}

async function query(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection({ uri: url })
  try {
    const [rows] = await connection.query(sql)
    return rows
  } finally {
    await connection.end()
  }
}
