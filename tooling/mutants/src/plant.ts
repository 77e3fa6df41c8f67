/**
 * To be imported before a program: `node --import ./dist/plant.js program.js` runs it on built packages, of which one
 * module is not as it was built, but its mutated source, translated.
 */
import { register } from 'node:module'

register('./plant-hook.js', import.meta.url)
