// Turns what istanbul's JSON says of each file (which statements and branches ran, how often) into figures by folder and
// a list of what never ran, each named by its file, its function and its own text: line numbers would be wrong tomorrow.

/** @typedef {{ start: { line: number, column: number }, end: { line: number, column: number } }} Span */
/**
 * @typedef {object} FileCoverage
 * @property {Record<string, Span>} statementMap
 * @property {Record<string, number>} s
 * @property {Record<string, { type: string, loc: Span, locations: Partial<Span>[] }>} branchMap
 * @property {Record<string, number[]>} b
 * @property {Record<string, { name: string, loc: Span }>} fnMap
 */
/** @typedef {{ lines: number, linesRun: number, branches: number, branchesRun: number }} Figures */
/** @typedef {{ line: number, within: string, text: string, kind: 'statement' | 'branch' }} Place */

/** @param {FileCoverage} coverage @returns {Figures} */
export function figuresOf(coverage) {
  const counts = [...countsByLine(coverage).values()]
  const branches = Object.values(coverage.b).flat()
  return {
    lines: counts.length,
    linesRun: counts.filter((count) => count > 0).length,
    branches: branches.length,
    branchesRun: branches.filter((count) => count > 0).length,
  }
}

/** @param {readonly Figures[]} all @returns {Figures} */
export function sumFigures(all) {
  const total = { lines: 0, linesRun: 0, branches: 0, branchesRun: 0 }
  for (const one of all) {
    total.lines += one.lines
    total.linesRun += one.linesRun
    total.branches += one.branches
    total.branchesRun += one.branchesRun
  }
  return total
}

/**
 * What never ran: statements, and branches of statements that did.
 * @param {FileCoverage} coverage
 * @param {string} source the file's text
 * @returns {Place[]} by line
 */
export function uncoveredPlaces(coverage, source) {
  const texts = source.split('\n')
  /** @type {Map<number, Place['kind']>} */
  const kinds = new Map()
  for (const [id, type] of Object.entries(coverage.branchMap)) {
    for (const [index, count] of (coverage.b[id] ?? []).entries()) {
      // An `else` that is not written has no place of its own.
      if (count === 0) kinds.set(type.locations[index]?.start?.line ?? type.loc.start.line, 'branch')
    }
  }
  for (const [id, { start }] of Object.entries(coverage.statementMap)) {
    if (coverage.s[id] === 0) kinds.set(start.line, 'statement')
  }
  return [...kinds]
    .sort(([a], [b]) => a - b)
    .map(([line, kind]) => ({
      line,
      within: enclosing(coverage, line),
      text: (texts[line - 1] ?? '').trim(),
      kind,
    }))
}

/** A line ran as often as the statement on it that ran most, as istanbul counts. @param {FileCoverage} coverage */
function countsByLine(coverage) {
  /** @type {Map<number, number>} */
  const counts = new Map()
  for (const [id, { start }] of Object.entries(coverage.statementMap)) {
    counts.set(start.line, Math.max(counts.get(start.line) ?? 0, coverage.s[id] ?? 0))
  }
  return counts
}

/** The innermost function with a name around a line; empty at the top of a file. @param {FileCoverage} coverage @param {number} line */
function enclosing(coverage, line) {
  const around = Object.values(coverage.fnMap)
    .filter(({ loc, name }) => loc.start.line <= line && line <= loc.end.line && !name.startsWith('('))
    .sort((a, b) => a.loc.end.line - a.loc.start.line - (b.loc.end.line - b.loc.start.line))
  return around[0]?.name ?? ''
}
