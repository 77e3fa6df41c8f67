// Holds the codes of core and their page together: a section for each code, which says whether it is retryable, and no other.
import { readText } from './repository.mjs'

const page = 'docs/reference/errors.md'
const codes = 'packages/core/src/errors/codes.ts'

/** @returns {string[]} */
export function errorPageErrors() {
  const table = /RETRYABLE_BY_CODE[^{]*\{([^}]*)\}/.exec(readText(codes))?.[1] ?? ''
  const known = new Map(
    [...table.matchAll(/^\s*([A-Z_]+): (true|false),$/gm)].map(([, code, yes]) => [code, yes]),
  )
  if (known.size === 0) return [`${codes}: no codes were found`]
  const [, ...sections] = readText(page).split(/^## /m)
  const told = new Map(sections.map((section) => [/^[A-Z_]+/.exec(section)?.[0], section]))
  return [
    ...[...known].flatMap(([code, yes]) => {
      const said = /Retryable:\s+(yes|no)/.exec(told.get(code) ?? '')?.[1]
      if (!told.has(code)) return [`${page}: no section for ${code}`]
      return said === (yes === 'true' ? 'yes' : 'no') ? [] : [`${page}: ${code} is retryable: ${yes}`]
    }),
    ...[...told.keys()].filter((code) => !known.has(code)).map((code) => `${page}: there is no code ${code}`),
  ]
}
