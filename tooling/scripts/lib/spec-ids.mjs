// Finds the ids of rules: those a specification defines, and those the titles of tests name.
import ts from 'typescript'

const id = '[A-Z]{1,3}\\d+[a-z]?'

/** The ids at the start of list items, in bold: `- **E5** …`. @param {string} markdown */
export function definedIds(markdown) {
  const items = markdown.matchAll(new RegExp(`^\\s*[-*] \\*\\*(${id})\\*\\*`, 'gm'))
  return [...items].map((match) => match[1] ?? '')
}

/**
 * The ids a test file's titles name in parentheses: `test('keeps order (Q3, Q4)', …)`. A title is the first argument
 * of a call, or a property called `name` or `title` (of a row in a table of cases).
 * @param {string} file
 * @param {string} source
 * @returns {{ id: string, line: number, title: string }[]}
 */
export function namedIds(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest)
  /** @type {{ id: string, line: number, title: string }[]} */
  const found = []
  visit(tree)
  return found

  /** @param {ts.Node} node */
  function visit(node) {
    const title = titleOf(node)
    if (title) {
      const line = tree.getLineAndCharacterOfPosition(title.getStart(tree)).line + 1
      const text = title.getText(tree)
      for (const named of idsIn(text)) found.push({ id: named, line, title: text })
    }
    ts.forEachChild(node, visit)
  }
}

/** @param {ts.Node} node */
function titleOf(node) {
  if (ts.isCallExpression(node)) return textual(node.arguments[0])
  if (
    ts.isPropertyAssignment(node) &&
    ts.isIdentifier(node.name) &&
    ['name', 'title'].includes(node.name.text)
  ) {
    return textual(node.initializer)
  }
  return undefined
}

/** @param {ts.Node | undefined} node */
function textual(node) {
  return node && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) ? node : undefined
}

/** @param {string} title */
function idsIn(title) {
  const lists = title.matchAll(new RegExp(`\\((${id}(?:, ?${id})*)\\)`, 'g'))
  return [...lists].flatMap((match) => (match[1] ?? '').split(/, ?/))
}
