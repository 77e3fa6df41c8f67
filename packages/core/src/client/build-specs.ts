/** From checked definitions to what store and engine work with. */
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { combinedFields, reconcile } from '../conflict/reconcile.ts'
import { copyDocument } from '../document/check-document.ts'
import { checkScope } from '../document/check-names.ts'
import { SyncError } from '../errors/sync-error.ts'
import { cloneJson } from '../shared/clone-json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import type { CheckedCollection } from './check-collection.ts'

/** The specs of all collections, by name. */
export function buildSpecs(
  collections: ReadonlyMap<string, CheckedCollection>,
  conflicts: ConflictStrategy,
): ReadonlyMap<string, CollectionSpec> {
  return new Map([...collections].map(([name, checked]) => [name, buildSpec(name, checked, conflicts)]))
}

function buildSpec(name: string, checked: CheckedCollection, conflicts: ConflictStrategy): CollectionSpec {
  const { scope } = checked
  const strategy = checked.conflicts ?? conflicts
  return {
    name,
    synced: !checked.local,
    schema: checked.version,
    indexes: checked.indexes,
    scopeOf: (document) => {
      const given = scope?.(document)
      return given === undefined ? undefined : checkScope(given)
    },
    migrate: (document, from) => migrate(name, checked, document, from),
    reconcile: (input) => reconcile({ ...input, strategy, policies: checked.fields }),
    fields: combinedFields(strategy, checked.fields),
  }
}

function migrate(name: string, checked: CheckedCollection, document: JsonObject, from: number): JsonObject {
  let current = document
  for (let version = from + 1; version <= checked.version; version += 1) {
    const step = checked.migrate.get(version)
    if (step === undefined) continue
    // A copy, since a migration may change what it is given.
    current = copyDocument(step(cloneJson(current)))
    if (current['id'] !== document['id']) {
      throw new SyncError(
        'INVALID_DOCUMENT',
        `The migration of ${name} to version ${version} changed the id ${JSON.stringify(document['id'])}. It must keep it.`,
        { details: { collection: name, path: 'id', version } },
      )
    }
  }
  return current
}
