// `node run-typescript.mjs PROGRAM.ts …`: runs a program of this repository from its sources, nothing built.
import path from 'node:path'
import { runnerImport } from 'vite'

const [, , program = '', ...args] = process.argv
// As if Node had been given the program itself.
process.argv = [process.execPath, path.resolve(program), ...args]
await runnerImport(path.resolve(program), { configFile: false, logLevel: 'error' })
