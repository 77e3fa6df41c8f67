/** A database of its own on a real MySQL or MariaDB server, and what an administrator may do to it. */
import { randomBytes } from 'node:crypto'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { setTimeout as delay } from 'node:timers/promises'

export interface Lab {
  /** The lab's own database, as the administrator. */
  readonly url: string
  readonly database: string
  /** Runs statements as the administrator, in the lab's database, one after the other. */
  sql(...statements: readonly string[]): Promise<readonly RowDataPacket[]>
  /** Another user's url, who may do only what `grants` say of the lab's database; removed with the lab. */
  user(grants: (user: string) => readonly string[]): Promise<string>
  /** Ends all connections to the lab's database but its own; answers how many. */
  killConnections(): Promise<number>
  /** Copies the adapter's tables, as a dump would; what it answers puts them back, as the dump's load would. */
  backup(): Promise<() => Promise<void>>
  /** Forgets every scope, and drops copies of the tables: as if the database were new, and quicker. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** Makes a lab on the server whose administrator `serverUrl` names. */
export async function createLab(serverUrl: string): Promise<Lab> {
  const database = `synclayer_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, [`CREATE DATABASE ${database} CHARACTER SET utf8mb4`])
  const url = withPath(serverUrl, database)
  const pool = createPool({ uri: url, connectionLimit: 1 })
  const users: string[] = []
  const sql = async (...statements: readonly string[]): Promise<readonly RowDataPacket[]> => {
    let last: readonly RowDataPacket[] = []
    for (const statement of statements) [last] = (await pool.query(statement)) as [RowDataPacket[], unknown]
    return last
  }
  return {
    url,
    database,
    sql,
    user: async (grants) => {
      const name = `u_${randomBytes(6).toString('hex')}`
      const password = 'p@ss word/1:?'
      const quoted = `'${name}'@'%'`
      users.push(quoted)
      await sql(`CREATE USER ${quoted} IDENTIFIED BY '${password}'`, ...grants(name))
      const asUser = new URL(url)
      asUser.username = name
      asUser.password = encodeURIComponent(password)
      return asUser.href
    },
    killConnections: async () => {
      const others = await sql(
        `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()`,
      )
      for (const { id } of others) await sql(`KILL CONNECTION ${id}`).catch(() => undefined)
      return others.length
    },
    backup: async () => {
      const names = (await tablesOf(sql)).filter((name) => name.startsWith('synclayer_'))
      for (const name of names) {
        await sql(
          `DROP TABLE IF EXISTS copy_of_${name}`,
          `CREATE TABLE copy_of_${name} LIKE ${name}`,
          `INSERT INTO copy_of_${name} SELECT * FROM ${name}`,
        )
      }
      return async () => {
        await untilOlder(sql)
        for (const name of names) {
          await sql(
            `DROP TABLE ${name}`,
            `CREATE TABLE ${name} LIKE copy_of_${name}`,
            `INSERT INTO ${name} SELECT * FROM copy_of_${name}`,
          )
        }
      }
    },
    clear: async () => {
      for (const name of await tablesOf(sql)) {
        if (name.startsWith('copy_of_')) await sql(`DROP TABLE ${name}`)
        else if (name !== 'synclayer_meta') await sql(`DELETE FROM ${name}`)
      }
    },
    close: async () => {
      await pool.end()
      await onServer(serverUrl, [`DROP DATABASE ${database}`, ...users.map((user) => `DROP USER ${user}`)])
    },
  }
}

/** Tables are as old as their second says: those that are put back must have another. No real backup is put back so soon. */
async function untilOlder(sql: Lab['sql']): Promise<void> {
  const isOfThisSecond = async (): Promise<boolean> => {
    const rows = await sql(
      `SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND CREATE_TIME >= NOW()`,
    )
    return rows.length > 0
  }
  while (await isOfThisSecond()) await delay(50)
}

async function tablesOf(sql: Lab['sql']): Promise<readonly string[]> {
  const rows = await sql(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE '%synclayer\\_%' AND TABLE_TYPE = 'BASE TABLE'`,
  )
  return rows.map(({ name }) => String(name))
}

async function onServer(serverUrl: string, statements: readonly string[]): Promise<void> {
  const pool = createPool({ uri: serverUrl, connectionLimit: 1 })
  try {
    for (const statement of statements) await pool.query(statement)
  } finally {
    await pool.end()
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
