// Checks the code on documentation pages: TypeScript is type checked as one program against the sources of the
// packages, JSON is parsed, and a shell line that runs one of this repository's scripts names one that exists.
import path from 'node:path'
import ts from 'typescript'
import { readJson, root } from './repository.mjs'

/** @typedef {import('./fences.mjs').Fence} Fence */

/**
 * The compiler's complaints, each at its place on the page. Every fence is a module of its own.
 * @param {readonly Fence[]} fences
 * @returns {string[]}
 */
export function typeErrors(fences) {
  /** @type {Map<string, Fence>} */
  const modules = new Map(fences.map((fence) => [moduleName(fence), fence]))
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => modules.has(name) || fileExists(name)
  host.readFile = (name) => modules.get(name)?.code ?? readFile(name)
  host.getSourceFile = (name, target, ...rest) => {
    const fence = modules.get(name)
    return fence ? ts.createSourceFile(name, fence.code, target) : getSourceFile(name, target, ...rest)
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  return [...modules].flatMap(([name, fence]) => {
    const source = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map((diagnostic) => located(fence, diagnostic))
  })
}

/** Beside its page, so that imports resolve as they would for a reader of that page. @param {Fence} fence */
function moduleName(fence) {
  const extension = fence.language === 'tsx' ? 'tsx' : 'ts'
  return path.posix.join(root.replaceAll('\\', '/'), `${fence.file}.${fence.line}.${extension}`)
}

/** @returns {ts.CompilerOptions} */
function compilerOptions() {
  const base = ts.readConfigFile(path.join(root, 'tooling/tsconfig/base.json'), ts.sys.readFile).config
  const { options } = ts.convertCompilerOptionsFromJson(base.compilerOptions, root)
  return {
    ...options,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    jsx: ts.JsxEmit.ReactJSX,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
}

/** @param {Fence} fence @param {ts.Diagnostic} diagnostic */
function located(fence, diagnostic) {
  const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')
  return `${fence.file}:${fence.line + line}: ${message}`
}

/** @param {Fence} fence @returns {string[]} */
export function jsonErrors(fence) {
  try {
    JSON.parse(fence.code)
    return []
  } catch (error) {
    return [`${fence.file}:${fence.line}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

const npmCommands = [
  'install',
  'i',
  'exec',
  'create',
  'init',
  'pack',
  'publish',
  'ci',
  'test',
  'start',
  'ping',
]
const pnpmCommands = [...npmCommands, 'add', 'dlx', 'run', 'changeset']

/** @param {Fence} fence @returns {string[]} */
export function shellErrors(fence) {
  const { scripts } = readJson('package.json')
  return fence.code.split('\n').flatMap((line, index) => {
    const named = scriptOf(line.replace(/^\$ /, '').trim())
    if (named === undefined || named in scripts) return []
    return [`${fence.file}:${fence.line + index}: package.json has no script "${named}"`]
  })
}

/** The script of this repository that a shell line runs, if it runs one. @param {string} line */
function scriptOf(line) {
  const [program, first, second] = line.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word))
  if (program !== 'npm' && program !== 'pnpm') return undefined
  if (first === 'run') return second
  if (first === 'test' || first === 'start') return first
  const own = program === 'npm' ? npmCommands : pnpmCommands
  return first === undefined || first.startsWith('-') || own.includes(first) ? undefined : first
}
