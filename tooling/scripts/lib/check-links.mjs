// Checks the links of a page within the repository: the file is there, and so is the heading behind a `#`.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { readText, root } from './repository.mjs'

/** @param {string} page @returns {string[]} */
export function linkErrors(page) {
  const prose = readText(page).replace(/^(`{3,})[\s\S]*?^\1/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [file = '', heading] = link.split('#')
    const target = file === '' ? page : path.posix.join(path.posix.dirname(page), decodeURIComponent(file))
    if (!existsSync(path.join(root, target))) return [`${page}: the link to ${target} leads nowhere`]
    if (heading === undefined || !target.endsWith('.md')) return []
    return anchorsOf(readText(target)).includes(heading)
      ? []
      : [`${page}: ${target} has no heading #${heading}`]
  })
}

/** As the usual renderers make them. @param {string} markdown */
function anchorsOf(markdown) {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
