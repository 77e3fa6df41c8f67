/** One number for all that a client holds: equal digests are equal data, to the last character. */
import { createHash } from 'node:crypto'
import type { Database } from './database.ts'

export interface Digest {
  readonly sha256: string
  readonly records: number
}

/** SHA-256 over every document, by collection and id, its keys in order. */
export async function digestOf(db: Database): Promise<Digest> {
  const hash = createHash('sha256')
  let records = 0
  for (const name of ['cities', 'countries'] as const) {
    for (const document of await db.collection(name).getAll()) {
      hash.update(`${name}/${document.id}\n${canonicalText(document)}\n`)
      records += 1
    }
  }
  return { sha256: hash.digest('hex'), records }
}

function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
