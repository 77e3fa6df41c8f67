// In JSON text a backslash that is not escaped begins an escape. Half a surrogate pair is always escaped.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/

/**
 * True for JSON text that a `jsonb` value can be made of. PostgreSQL holds neither U+0000 nor half a surrogate pair, and
 * would refuse the whole statement.
 */
export function isStorable(json: string): boolean {
  return !UNSTORABLE.test(json)
}
