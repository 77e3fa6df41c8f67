/** The loader's hook, in its own thread. */
import { readFileSync } from 'node:fs'
import type { LoadFnOutput, LoadHook } from 'node:module'
import { pathToFileURL } from 'node:url'
import typescript from 'typescript'
import { chosenMutant } from './chosen-mutant.ts'
import { mutate } from './mutate.ts'
import { root } from './repository.ts'

const mutant = chosenMutant()
const built =
  mutant === null ? null : `${root}/${mutant.file}`.replace('/src/', '/dist/').replace(/\.ts$/, '.js')
const mutated = built === null ? null : pathToFileURL(built).href

export const load: LoadHook = async (url, context, next): Promise<LoadFnOutput> => {
  if (mutant === null || url !== mutated) return next(url, context)
  const source = mutate(readFileSync(`${root}/${mutant.file}`, 'utf8'), mutant)
  const { outputText } = typescript.transpileModule(source, {
    compilerOptions: {
      target: typescript.ScriptTarget.ES2023,
      module: typescript.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  })
  return { format: 'module', source: outputText, shortCircuit: true }
}
