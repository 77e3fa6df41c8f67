/** The rows of `synclayer_inbox`: which records may have been changed by other programs. */
import type { RecordKey } from '../record-rows.ts'
import type { Session } from '../session.ts'

/** A record that was noted; the same one may be noted many times. */
export interface Note extends RecordKey {
  readonly scope: string
  /** Tells notes of a record apart; of more digits than a number has. */
  readonly seq: string
}

const COLUMNS = 'scope, collection, id, CAST(seq AS CHAR)'
const KEYS_PER_STATEMENT = 200

/** Of the scopes, those for which something waits. */
export async function scopesWaiting(session: Session, scopes: readonly string[]): Promise<readonly string[]> {
  const rows = await session.rows('SELECT DISTINCT scope FROM synclayer_inbox WHERE scope IN (?)', [scopes])
  return rows.map(([scope]) => String(scope))
}

/** Up to `most` notes of a scope. Only what is committed, or one's own; nothing is waited for. */
export async function readNotes(session: Session, scope: string, most: number): Promise<readonly Note[]> {
  return toNotes(
    await session.rows(`SELECT ${COLUMNS} FROM synclayer_inbox WHERE scope = ? LIMIT ?`, [scope, most]),
  )
}

/** All notes of these records. */
export async function readNotesOf(
  session: Session,
  scope: string,
  keys: readonly RecordKey[],
): Promise<readonly Note[]> {
  const notes: Note[] = []
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    const chunk = keys.slice(start, start + KEYS_PER_STATEMENT)
    const any = chunk.map(() => '(collection = ? AND id = ?)').join(' OR ')
    const sql = `SELECT ${COLUMNS} FROM synclayer_inbox WHERE scope = ? AND (${any})`
    const parameters = chunk.flatMap(({ collection, id }) => [collection, id])
    notes.push(...toNotes(await session.rows(sql, [scope, ...parameters])))
  }
  return notes
}

/**
 * Removes these notes and touches no other. A plain DELETE may look at all rows of a small table, and would wait there for
 * everyone who is about to note something; so the index is named, and what is looked up there.
 */
export async function removeNotes(session: Session, notes: readonly Note[]): Promise<void> {
  for (let start = 0; start < notes.length; start += KEYS_PER_STATEMENT) {
    const chunk = notes.slice(start, start + KEYS_PER_STATEMENT)
    // As text the numbers are exact.
    const named = chunk.map(({ seq, scope, collection, id }) => ({ n: seq, s: scope, c: collection, i: id }))
    await session.run(
      `DELETE i FROM JSON_TABLE(?, '$[*]' COLUMNS (
         n BIGINT UNSIGNED PATH '$.n', s VARCHAR(128) PATH '$.s', c VARCHAR(63) PATH '$.c', i VARCHAR(255) PATH '$.i'
       )) AS note STRAIGHT_JOIN synclayer_inbox AS i FORCE INDEX (PRIMARY)
       ON i.seq = note.n AND i.scope = note.s AND i.collection = note.c AND i.id = note.i`,
      [JSON.stringify(named)],
    )
  }
}

function toNotes(rows: readonly (readonly unknown[])[]): readonly Note[] {
  return rows.map(([scope, collection, id, seq]) => ({
    scope: String(scope),
    collection: String(collection),
    id: String(id),
    seq: String(seq),
  }))
}
