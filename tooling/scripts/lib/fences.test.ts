import { describe, expect, test } from 'vitest'
import { jsonErrors, shellErrors, typeErrors } from './check-fences.mjs'
import { fencesOf } from './fences.mjs'

const page = (language: string, ...lines: string[]): string =>
  ['# Page', '', '```' + language, ...lines, '```', ''].join('\n')

describe('fencesOf', () => {
  test('gives language, marks, place and code of each fence', () => {
    const markdown = `${page('ts run', 'const a = 1', '', 'a')}\n- item\n\n  \`\`\`json\n  {}\n  \`\`\`\n`
    expect(fencesOf('p.md', markdown)).toEqual([
      { file: 'p.md', line: 4, language: 'ts', flags: ['run'], code: 'const a = 1\n\na' },
      { file: 'p.md', line: 12, language: 'json', flags: [], code: '{}' },
    ])
  })

  test('a longer mark encloses shorter ones', () => {
    const fences = fencesOf('p.md', '````md\n```ts\nlet a\n```\n````\n')
    expect(fences).toMatchObject([{ language: 'md', code: '```ts\nlet a\n```' }])
  })
})

describe('typeErrors', () => {
  test('names page and line of what does not compile, and accepts what does', { timeout: 60_000 }, () => {
    const good = fencesOf(
      'README.md',
      page('ts', "import * as core from '@synclayer/core'", 'export const names = Object.keys(core)'),
    )
    const bad = fencesOf('README.md', page('ts', 'const a = 1', "const b: number = 'x'"))
    expect(typeErrors(good)).toEqual([])
    expect(typeErrors(bad)).toEqual(["README.md:5: Type 'string' is not assignable to type 'number'."])
  })
})

describe('shellErrors', () => {
  test('knows the scripts of this repository', () => {
    const errors = (...lines: string[]): string[] =>
      fencesOf('p.md', page('sh', ...lines)).flatMap(shellErrors)
    expect(
      errors('npm test', 'npm run check', 'npm install @synclayer/core', 'pnpm add x', 'echo npm run y'),
    ).toEqual([])
    expect(errors('npm test', 'npm run nothing')).toEqual(['p.md:5: package.json has no script "nothing"'])
    expect(errors('pnpm nothing')).toEqual(['p.md:4: package.json has no script "nothing"'])
  })
})

describe('jsonErrors', () => {
  test('refuses what does not parse', () => {
    expect(fencesOf('p.md', page('json', '{ "a": 1 }')).flatMap(jsonErrors)).toEqual([])
    expect(fencesOf('p.md', page('json', '{ a: 1 }')).flatMap(jsonErrors)).toHaveLength(1)
  })
})
