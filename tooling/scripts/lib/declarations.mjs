// The declarations a package's entry publishes, as text that changes when the types do and not when comments or the
// layout of the files do.
import path from 'node:path'
import ts from 'typescript'

/**
 * Every exported name with its declaration, and the declarations of this package that those mention, by name.
 * @param {string} entry a built `.d.ts` file
 */
export function declarationsOf(entry) {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) return ''
  const folder = path.dirname(packageFile(entry))
  const exported = checker.getExportsOfModule(module)
  const names = exported.map((symbol) => `export { ${exportName(symbol, checker)} }`).sort()
  return [...names, '', ...reachable(exported, checker, folder), ''].join('\n')
}

/** As a type alone nobody outside can construct it. @param {ts.Symbol} symbol */
function isTypeAlone(symbol) {
  return symbol.declarations?.every((node) => ts.isTypeOnlyImportOrExportDeclaration(node)) ?? false
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function exportName(symbol, checker) {
  const original = resolved(symbol, checker).getName()
  const name = original === symbol.getName() ? original : `${original} as ${symbol.getName()}`
  return isTypeAlone(symbol) ? `type ${name}` : name
}

/** @param {readonly ts.Symbol[]} symbols @param {ts.TypeChecker} checker @param {string} folder */
function reachable(symbols, checker, folder) {
  const printer = ts.createPrinter({ removeComments: true })
  /** @type {Map<ts.Symbol, string>} */
  const texts = new Map()
  const waiting = symbols.map((symbol) => resolved(symbol, checker))
  const constructable = new Set(
    symbols.filter((symbol) => !isTypeAlone(symbol)).map((symbol) => resolved(symbol, checker)),
  )
  for (let symbol = waiting.pop(); symbol; symbol = waiting.pop()) {
    if (texts.has(symbol)) continue
    const own = (symbol.declarations ?? []).filter((node) => node.getSourceFile().fileName.startsWith(folder))
    const whole = [...new Set(own.map(statementOf))].filter((node) => node !== undefined)
    const statements = constructable.has(symbol) ? whole : whole.map(withoutConstructor)
    texts.set(
      symbol,
      statements
        .map((node) =>
          printer.printNode(ts.EmitHint.Unspecified, node, ts.getOriginalNode(node).getSourceFile()),
        )
        .join('\n'),
    )
    for (const node of statements) waiting.push(...mentioned(node, checker))
  }
  return [...texts]
    .map(([symbol, text]) => ({ name: symbol.getName(), text }))
    .filter(({ text }) => text !== '')
    .sort((a, b) => (a.name === b.name ? compare(a.text, b.text) : compare(a.name, b.name)))
    .map(({ text }) => `${text}\n`)
}

/** Of a class, what those can use who are given its instances. @param {ts.Node} node @returns {ts.Node} */
function withoutConstructor(node) {
  if (!ts.isClassDeclaration(node)) return node
  const { modifiers, name, typeParameters, heritageClauses, members } = node
  const others = members.filter((member) => !ts.isConstructorDeclaration(member))
  return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, others)
}

/** The statement at the top of its file that a declaration belongs to. @param {ts.Node} node */
function statementOf(node) {
  /** @type {ts.Node | undefined} */
  let current = node
  while (current && !ts.isSourceFile(current.parent ?? current)) current = current.parent
  return current && !ts.isSourceFile(current) ? current : undefined
}

/** @param {ts.Node} statement @param {ts.TypeChecker} checker @returns {ts.Symbol[]} */
function mentioned(statement, checker) {
  /** @type {ts.Symbol[]} */
  const found = []
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node)
      if (symbol) found.push(resolved(symbol, checker))
    }
    ts.forEachChild(node, visit)
  }
  visit(statement)
  return found.filter((symbol) =>
    symbol.declarations?.some((node) => ts.isSourceFile(node.parent) || ts.isVariableDeclaration(node)),
  )
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function resolved(symbol, checker) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** @param {string} file */
function packageFile(file) {
  const found = ts.findConfigFile(path.dirname(file), ts.sys.fileExists, 'package.json')
  return found ?? file
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  if (a === b) return 0
  return a < b ? -1 : 1
}
