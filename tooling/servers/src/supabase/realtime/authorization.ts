/**
 * Who may join a private channel: asked of the policies on `realtime.messages`, as Supabase documents it. A message of the
 * topic is written, looked for as the user, and taken back.
 */
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Claims } from '../tokens.ts'

/** True where the user with these claims may read broadcasts of the topic. */
export async function mayRead(pool: Pool, topic: string, claims: Claims): Promise<boolean> {
  const client = await pool.connect()
  const id = randomUUID()
  try {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO realtime.messages (id, topic, extension, private) VALUES ($1, $2, 'broadcast', true)`,
      [id, topic],
    )
    await client.query(
      `SELECT set_config('request.jwt.claims', $1, true), set_config('realtime.topic', $2, true),
              set_config('role', $3, true)`,
      [JSON.stringify(claims), topic, String(claims['role'])],
    )
    const { rowCount } = await client.query(`SELECT 1 FROM realtime.messages WHERE id = $1`, [id])
    return rowCount === 1
  } catch {
    // There is no such role, or the policies fail for this user.
    return false
  } finally {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
  }
}
