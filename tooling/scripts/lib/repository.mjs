// Where things are and what this repository is made of. Every other script asks here, so that a new package or file
// is found by all of them at once.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top folder of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Reports of a run: ignored by git, replaced by the next run. */
export const reportsFolder = path.join(root, '.reports')

/**
 * @typedef {object} Workspace
 * @property {string} folder path from the top, such as `packages/core`
 * @property {string} name
 * @property {Record<string, any>} manifest its package.json
 */

/** @param {string} file path from the top @returns {any} */
export function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'))
}

/** All packages of the workspace, by folder. @returns {Workspace[]} */
export function workspaces() {
  return ['packages', 'apps', 'tooling'].flatMap((parent) =>
    (existsSync(path.join(root, parent)) ? readdirSync(path.join(root, parent)).sort() : [])
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
      .map((folder) => {
        const manifest = readJson(`${folder}/package.json`)
        return { folder, name: manifest.name, manifest }
      }),
  )
}

/** The packages users install. */
export function publishedPackages() {
  return workspaces().filter((workspace) => workspace.manifest.private !== true)
}

/**
 * The files git would commit, new ones included, as paths from the top.
 * @param {string[]} patterns git pathspecs
 */
export function repositoryFiles(...patterns) {
  const output = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', '--', ...patterns], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(output.split('\0'))]
    .filter((file) => file !== '' && existsSync(path.join(root, file)))
    .sort()
}

/** @param {string} file path from the top */
export function readText(file) {
  return readFileSync(path.join(root, file), 'utf8')
}
