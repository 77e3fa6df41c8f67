import type { Plugin } from 'vite'
import { mergeConfig, type ViteUserConfig } from 'vitest/config'
import base from '../../vitest.config.ts'
import { chosenMutant } from './src/chosen-mutant.ts'
import { mutate } from './src/mutate.ts'
import { root } from './src/repository.ts'

// The tests of the repository on sources with one planted bug: the one that SYNCLAYER_MUTANT names.
const mutant = chosenMutant()

const plant: Plugin = {
  name: 'plant-mutant',
  enforce: 'pre',
  transform: (code, id) => (mutant !== null && id === `${root}/${mutant.file}` ? mutate(code, mutant) : null),
}

const config: ViteUserConfig = mergeConfig(base, { root, plugins: [plant] })

export default config
