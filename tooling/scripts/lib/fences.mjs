// Finds the fenced code blocks of a Markdown page.

/**
 * @typedef {object} Fence
 * @property {string} file
 * @property {number} line of the first line of code, from 1
 * @property {string} language the first word after the opening mark
 * @property {string[]} flags the words after the language
 * @property {string} code
 */

/** @param {string} file @param {string} markdown @returns {Fence[]} */
export function fencesOf(file, markdown) {
  /** @type {Fence[]} */
  const fences = []
  /** @type {{ mark: string, indent: number, fence: Fence, lines: string[] } | undefined} */
  let open
  for (const [index, line] of markdown.split('\n').entries()) {
    const mark = /^(\s*)(`{3,})\s*(.*)$/.exec(line)
    if (open === undefined) {
      if (!mark) continue
      const [language = '', ...flags] = (mark[3] ?? '').trim().split(/\s+/)
      const fence = { file, line: index + 2, language, flags, code: '' }
      open = { mark: mark[2] ?? '', indent: (mark[1] ?? '').length, fence, lines: [] }
    } else if (mark && mark[3] === '' && (mark[2] ?? '').length >= open.mark.length) {
      fences.push({ ...open.fence, code: open.lines.join('\n') })
      open = undefined
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    }
  }
  return fences
}
