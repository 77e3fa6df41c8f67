// The table of docs/reference/size.md: a row is the name of what is measured, its bytes minified, and compressed.

const ROW = /^\| (.+?) +\| +([\d,]+) +\| +([\d,]+) +\|$/

/** The compressed bytes by name. @param {string} page @returns {Map<string, number>} */
export function readSizes(page) {
  return new Map(
    page.split('\n').flatMap((line) => {
      const [, name, , compressed] = ROW.exec(line) ?? []
      return name === undefined ? [] : [[name, Number(compressed?.replaceAll(',', ''))]]
    }),
  )
}

/**
 * The page with these rows in place of those it has; the head of the table stays.
 * @param {string} page
 * @param {ReadonlyMap<string, import('./bundle-size.mjs').Size>} sizes
 */
export function withSizes(page, sizes) {
  const lines = page.split('\n').filter((line) => !ROW.test(line))
  const head = lines.findIndex((line) => /^\| -+ /.test(line))
  const names = [...sizes.keys()]
  const width = Math.max(...names.map(({ length }) => length))
  const rows = [...sizes].map(
    ([name, { minified, compressed }]) =>
      `| ${name.padEnd(width)} | ${number(minified).padStart(8)} | ${number(compressed).padStart(10)} |`,
  )
  const columns = [
    `| ${'what'.padEnd(width)} | minified | compressed |`,
    `| ${'-'.repeat(width)} | -------: | ---------: |`,
  ]
  return [...lines.slice(0, head - 1), ...columns, ...rows, ...lines.slice(head + 1)].join('\n')
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en')
}
