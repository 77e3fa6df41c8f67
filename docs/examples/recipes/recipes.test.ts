import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, name), 'utf8')

describe('the how-to pages', () => {
  test.each([
    ['vue', 'use-live-vue.ts'],
    ['svelte', 'use-live.svelte.ts'],
    ['solid', 'create-live-solid.ts'],
  ])('use-with-%s shows the recipe as it is tested', (framework, recipe) => {
    expect(read(`../../how-to/use-with-${framework}.md`)).toContain(`\`\`\`ts\n${read(recipe)}\`\`\`\n`)
  })
})
