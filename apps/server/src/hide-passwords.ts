/** Drivers quote what they were given, the address of a database with its password for one: nothing is said before it went through here. */

/** `scheme://user:password@`, up to the last `@` of the word; a quote that JSON has escaped is part of it. */
const IN_AUTHORITY = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"\\]*):(?:[^\s"\\]|\\.)*@/gi
/** `?sslpassword=…` and its like. */
const IN_QUERY = /([?&][a-z_.-]*(?:password|passwd|pwd|secret|token)=)[^\s&#"\\]+/gi

/** The text with `…` for each password in an address. What is JSON stays JSON. */
export function hidePasswords(text: string): string {
  return text.replace(IN_AUTHORITY, '$1:…@').replace(IN_QUERY, '$1…')
}
