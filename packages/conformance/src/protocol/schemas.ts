/** The JSON Schemas of the protocol, as core publishes them: every answer and every socket message is held to them. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'

export type SchemaName =
  | 'hello'
  | 'error-body'
  | 'push-response'
  | 'pull-response'
  | 'fetch-response'
  | 'server-message'
  | 'simple-page'
  | 'simple-result'

const ajv = loadSchemas()

const MOST_SHOWN = 600

/** Fails where the value is not what the schema of that name says. */
export function assertMatches(name: SchemaName, value: unknown, what: string): void {
  const validate = ajv.getSchema(`${name}.schema.json`)
  if (validate === undefined) throw new Error(`There is no schema ${name}`)
  if (validate(value) === true) return
  const problems = ajv.errorsText(validate.errors, { dataVar: '' })
  const shown = JSON.stringify(value) ?? 'nothing'
  throw new Error(
    `${what} is no ${name}: ${problems.slice(0, MOST_SHOWN)}. It was ${shown.slice(0, MOST_SHOWN)}`,
  )
}

function loadSchemas(): Ajv2020 {
  const { resolve } = createRequire(import.meta.url)
  const folder = path.dirname(resolve('@synclayer/core/schemas/definitions.schema.json'))
  const loaded = new Ajv2020({ strict: true })
  for (const file of readdirSync(folder)) {
    loaded.addSchema(JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as AnySchemaObject)
  }
  return loaded
}
