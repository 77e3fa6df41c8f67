/** The names under which people may sign in, and the scope of each. */

/** Letters and digits of any script, one space at a time, and what stands between names. */
const NAME = /^[\p{L}\p{N}](?:[ '._-]?[\p{L}\p{M}\p{N}])*$/u

const MOST_CHARACTERS = 32

/** A scope has at most 128 characters of ASCII. */
const MOST_SCOPE_LENGTH = 128

/** What a name may be, for whoever has given another. */
export const NAME_RULE = `Give a name of 1 to ${MOST_CHARACTERS} letters and digits.`

/** The name as it is kept, or null where it will not do. The same name is the same, however it was typed. */
export function demoName(given: unknown): string | null {
  if (typeof given !== 'string' || given.length > MOST_SCOPE_LENGTH) return null
  const name = given.trim().normalize('NFC')
  const isShort = name.length <= MOST_CHARACTERS && demoScope(name).length <= MOST_SCOPE_LENGTH
  return NAME.test(name) && isShort ? name : null
}

/** `user:ada`; what is not ASCII is written as in an address. */
export function demoScope(name: string): string {
  return `user:${encodeURIComponent(name)}`
}
