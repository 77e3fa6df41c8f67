/** What a column of SQLite holds, by its declared type. Integers arrive as BigInt. */
import type { ColumnCodec } from '@synclayer/adapter-kit'
import type { Json } from '@synclayer/core/adapter'

/**
 * The codec of a declared type, by SQLite's rules of affinity (sqlite.org/datatype3.html), and by what people write for
 * types it does not have: BOOLEAN and JSON.
 */
export function codecOf(declared: string): ColumnCodec {
  const type = declared.toUpperCase()
  if (type.includes('BOOL')) return BOOLEAN
  if (type.includes('JSON')) return JSON_TEXT
  if (type.includes('INT')) return INTEGER
  if (/CHAR|CLOB|TEXT/.test(type)) return TEXT
  if (type === '' || type.includes('BLOB')) return BLOB
  if (/REAL|FLOA|DOUB/.test(type)) return REAL
  return NUMERIC
}

/** True where a text compared with the column is taken for the number it stands for, or is one: what an id needs. */
export function canHoldIds(declared: string): boolean {
  const codec = codecOf(declared)
  return codec === INTEGER || codec === TEXT
}

const DIGITS = /^-?(?:0|[1-9][0-9]{0,18})$/

/** What any column may hold whatever its type says: SQLite does not insist. */
function plainJson(value: unknown): Json {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  // Infinity is all that JSON has no number for; NaN is stored as NULL.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Buffer.isBuffer(value)) return value.toString('base64')
  return value as Json
}

const TEXT: ColumnCodec = {
  toJson: plainJson,
  fromJson: (value) => (typeof value === 'string' ? value : undefined),
  holds: 'text',
}

const INTEGER: ColumnCodec = {
  toJson: plainJson,
  fromJson: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value !== 'string' || !DIGITS.test(value)) return undefined
    const whole = BigInt(value)
    return BigInt.asIntN(64, whole) === whole ? whole : undefined
  },
  holds: 'whole numbers; from 2^53 on as strings of digits',
}

const REAL: ColumnCodec = {
  toJson: plainJson,
  fromJson: (value) => {
    if (typeof value === 'number') return value
    return value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined
  },
  holds: 'numbers',
}

const NUMERIC: ColumnCodec = {
  toJson: plainJson,
  fromJson: (value) => (typeof value === 'number' || typeof value === 'string' ? value : undefined),
  holds: 'a number or text',
}

const BOOLEAN: ColumnCodec = {
  toJson: (value) => (value === 0n ? false : value === 1n ? true : plainJson(value)),
  fromJson: (value) => (typeof value === 'boolean' ? BigInt(value) : undefined),
  holds: 'true or false',
}

const JSON_TEXT: ColumnCodec = {
  toJson: (value) => {
    if (typeof value !== 'string') return plainJson(value)
    try {
      return JSON.parse(value) as Json
    } catch {
      return value
    }
  },
  fromJson: (value) => JSON.stringify(value),
  holds: 'JSON',
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const BLOB: ColumnCodec = {
  toJson: plainJson,
  fromJson: (value) =>
    typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined,
  holds: 'bytes, as base64',
}
