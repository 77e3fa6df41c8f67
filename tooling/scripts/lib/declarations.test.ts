import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { declarationsOf } from './declarations.mjs'

test('tells what users see: what is mentioned too, and constructors only of what can be constructed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'synclayer-declarations-'))
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text)
  write('package.json', '{ "type": "module" }')
  write('inner.d.ts', 'export interface Inner { hidden: true }')
  write('own.d.ts', 'export interface Own { seen: true }')
  write(
    'classes.d.ts',
    `import type { Inner } from './inner.js'
     import type { Own } from './own.js'
     export declare class Given { constructor(inner: Inner); own: Own }
     export declare class Made { constructor(name: string) }`,
  )
  write('index.d.ts', `export { Made } from './classes.js'\nexport type { Given } from './classes.js'`)
  try {
    expect(declarationsOf(path.join(folder, 'index.d.ts')).trim()).toBe(`export { Made }
export { type Given }

export declare class Given {
    own: Own;
}

export declare class Made {
    constructor(name: string);
}

export interface Own {
    seen: true;
}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
  // It loads the compiler.
}, 60_000)
