/**
 * What a column holds, by its type, as JSON and as SQL. Numbers and times are read as text, which the server writes exactly;
 * texts and bytes as the driver gives them.
 */
import type { ColumnCodec } from '@synclayer/adapter-kit'
import type { Json } from '@synclayer/core/adapter'

/** How values of a type pass in and out of statements. */
export interface ColumnType {
  readonly codec: ColumnCodec
  /** The expression that is selected. `column` is quoted. */
  readonly read: (column: string) => string
  /** What stands for a value in a statement. */
  readonly place: string
  /** The expression for its text in SQL, the same as the codec's; undefined where it can be neither an id nor a scope. */
  readonly text?: (column: string) => string
}

/** Of a column, what the database's catalogue says. */
export interface DeclaredColumn {
  /** `DATA_TYPE`: the type without its length. */
  readonly dataType: string
  /** `COLUMN_TYPE`: with its length. */
  readonly columnType: string
  /** True for a text that is checked to be JSON, which is how MariaDB has it. */
  readonly isJsonText: boolean
}

/** The type of a column. What is not known is told by its bytes, as base64. */
export function typeOf({ dataType, columnType, isJsonText }: DeclaredColumn): ColumnType {
  const type = dataType.toLowerCase()
  if (isJsonText) return JSON_TEXT
  if (/^(?:tinyint|bit)\(1\)/i.test(columnType)) return BOOLEAN
  return TYPES.get(type) ?? (BYTES.test(type) ? BINARY : OTHER)
}

/** The longest column of bytes whose base64 has no line ends in it, and is no longer than an id may be. */
export const LONGEST_BINARY_ID = 57

const asItIs = (column: string): string => column
const asText = (column: string): string => `CAST(${column} AS CHAR)`
// Without the zeros of ZEROFILL, and a BIT as the number it is.
const asWholeNumber = (column: string): string => `CAST(${column} + 0 AS CHAR)`
// A FLOAT's own text has six digits only.
const asNumber = (column: string): string => `CAST(${column} + 0e0 AS CHAR)`

const WHOLE = /^-?(?:0|[1-9][0-9]{0,19})$/
const EXACT = /^-?[0-9]+(?:\.[0-9]+)?$/
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const TIME = /^-?[0-9]{2,3}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?$/
const DATE_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z?$/
const INSTANT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?[0-9]{0,3}(Z|[+-][0-9]{2}:[0-9]{2})$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Texts that look like this, as they are. */
const matching =
  (pattern: RegExp): ColumnCodec['fromJson'] =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined

function wholeNumber(value: unknown): Json {
  const text = String(value)
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

const INTEGER: ColumnType = {
  codec: {
    toJson: wholeNumber,
    fromJson: (value) => {
      if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
      return typeof value === 'string' && WHOLE.test(value) ? BigInt(value) : undefined
    },
    holds: 'whole numbers; from 2^53 on as strings of digits',
  },
  read: asWholeNumber,
  place: '?',
  text: asWholeNumber,
}

const BOOLEAN: ColumnType = {
  codec: {
    toJson: (value) => (value === '0' ? false : value === '1' ? true : wholeNumber(value)),
    fromJson: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
    holds: 'true or false',
  },
  read: asWholeNumber,
  place: '?',
}

const DECIMAL: ColumnType = {
  codec: {
    toJson: String,
    fromJson: (value) =>
      typeof value === 'number' || (typeof value === 'string' && EXACT.test(value)) ? value : undefined,
    holds: 'numbers, as strings of digits',
  },
  read: asText,
  place: '?',
}

const DOUBLE: ColumnType = {
  codec: {
    toJson: Number,
    fromJson: (value) => (typeof value === 'number' ? value : undefined),
    holds: 'numbers',
  },
  read: asNumber,
  place: '?',
}

const FLOAT: ColumnType = {
  ...DOUBLE,
  codec: { ...DOUBLE.codec, toJson: (value) => shortest(Number(value)) },
}

/** The shortest number that a FLOAT keeps as this one. */
function shortest(single: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  return single
}

const TEXT: ColumnType = {
  codec: {
    toJson: String,
    fromJson: (value) => (typeof value === 'string' ? value : undefined),
    holds: 'text',
  },
  read: asItIs,
  place: '?',
  text: (column) => `CONVERT(${column} USING utf8mb4)`,
}

/** Types that are no texts, and are read and written as one: UUIDs and addresses. */
const NAMED: ColumnType = { ...TEXT, read: asText, text: asText }

const JSON_TEXT: ColumnType = {
  codec: {
    toJson: (value) => {
      try {
        return JSON.parse(String(value)) as Json
      } catch {
        return String(value)
      }
    },
    fromJson: (value) => JSON.stringify(value),
    holds: 'JSON',
  },
  read: asText,
  place: '?',
}

const DAY: ColumnType = {
  codec: { toJson: String, fromJson: matching(DATE), holds: 'a date, as 2024-12-31' },
  read: asText,
  place: '?',
}

const DURATION: ColumnType = {
  codec: { toJson: String, fromJson: matching(TIME), holds: 'a time, as 23:59:59' },
  read: asText,
  place: '?',
}

const LOCAL_TIME: ColumnType = {
  codec: {
    toJson: (value) => String(value).replace(' ', 'T'),
    fromJson: (value) =>
      typeof value === 'string' && DATE_TIME.test(value) ? value.replace(/Z$/, '') : undefined,
    holds: 'a date and time without a zone, as 2024-12-31T23:59:59',
  },
  read: asText,
  place: '?',
}

/** Read and written as seconds since 1970, so that no session's time zone has a say. */
const TIMESTAMP: ColumnType = {
  codec: {
    toJson: (value) => {
      const [seconds = '0', fraction] = String(value).split('.')
      const digits = fraction === undefined ? '' : `.${fraction}`
      // A TIMESTAMP begins a second after 1970; 0 is the "zero" date.
      if (seconds === '0') return `0000-00-00T00:00:00${digits}Z`
      return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}${digits}Z`
    },
    fromJson: (value) => {
      const [, moment, fraction = '', zone] = typeof value === 'string' ? (INSTANT.exec(value) ?? []) : []
      const seconds = moment === undefined ? Number.NaN : Date.parse(`${moment}${zone}`) / 1_000
      return seconds >= 1 && seconds <= LAST_TIMESTAMP ? `${seconds}${fraction}` : undefined
    },
    holds: 'a point in time from 1970 on, as 2024-12-31T23:59:59Z',
  },
  read: (column) => `CAST(UNIX_TIMESTAMP(${column}) AS CHAR)`,
  place: 'FROM_UNIXTIME(CAST(? AS DECIMAL(20, 6)))',
}
// What the newest servers take; FROM_UNIXTIME makes NULL of what is far beyond.
const LAST_TIMESTAMP = 4_294_967_295

const fromBase64: ColumnCodec['fromJson'] = (value) =>
  typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined

const BYTES = /^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob)$/
const BINARY: ColumnType = {
  codec: {
    toJson: (value) => (value as Buffer).toString('base64'),
    fromJson: fromBase64,
    holds: 'bytes, as base64',
  },
  read: asItIs,
  place: '?',
  text: (column) => `TO_BASE64(${column})`,
}

const OTHER: ColumnType = {
  codec: {
    toJson: (value) => Buffer.from(String(value), 'hex').toString('base64'),
    fromJson: fromBase64,
    holds: 'its bytes, as base64',
  },
  read: (column) => `HEX(${column})`,
  place: '?',
}

const TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'bit', 'year'].map(
    (name) => [name, INTEGER] as const,
  ),
  ...['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set'].map(
    (name) => [name, TEXT] as const,
  ),
  ...['uuid', 'inet4', 'inet6'].map((name) => [name, NAMED] as const),
  ['decimal', DECIMAL],
  ['float', FLOAT],
  ['double', DOUBLE],
  ['json', JSON_TEXT],
  ['date', DAY],
  ['time', DURATION],
  ['datetime', LOCAL_TIME],
  ['timestamp', TIMESTAMP],
])
