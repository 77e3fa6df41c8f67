/**
 * What a filter means. This is the one evaluator: storages, adapters and databases may narrow what is looked at, but
 * what matches is decided here.
 */
import type { Filter, ValueOperator } from '../protocol/filter.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { compareJson, typeRank } from './order.ts'
import { compilePath } from './value-at.ts'

type Test = (value: Json | undefined) => boolean

/** Prepares a filter for many documents. Null matches everything. The filter must have passed `parseFilter`. */
export function compileFilter(filter: Filter | null): (document: JsonObject) => boolean {
  if (filter === null) return () => true
  switch (filter.op) {
    case 'and': {
      const tests = filter.filters.map(compileFilter)
      if (tests.length === 1) return tests[0] as (document: JsonObject) => boolean
      return (document) => {
        for (const test of tests) if (!test(document)) return false
        return true
      }
    }
    case 'or': {
      const tests = filter.filters.map(compileFilter)
      return (document) => {
        for (const test of tests) if (test(document)) return true
        return false
      }
    }
    case 'not': {
      const test = compileFilter(filter.filter)
      return (document) => !test(document)
    }
    case 'is-null':
      return compileTest(filter.path, isMissing)
    case 'is-not-null':
      return compileTest(filter.path, (value) => !isMissing(value))
    default:
      return compileTest(filter.path, compileOperator(filter.op, filter.value))
  }
}

/** True when the document matches. Compile the filter instead where many documents are asked. */
export function evaluate(filter: Filter | null, document: JsonObject): boolean {
  return compileFilter(filter)(document)
}

function compileTest(path: readonly string[], test: Test): (document: JsonObject) => boolean {
  const read = compilePath(path)
  return (document) => test(read(document))
}

/** Missing equals null (Q1). */
function isMissing(value: Json | undefined): boolean {
  return value === undefined || value === null
}

function compileOperator(op: ValueOperator, operand: Json): Test {
  switch (op) {
    case '==':
      return equalTo(operand)
    case '!=':
      return complement(equalTo(operand))
    case 'in':
      return oneOf(operand as readonly Json[])
    case 'not-in':
      return complement(oneOf(operand as readonly Json[]))
    case '<':
      return withinType(operand, (order) => order < 0)
    case '<=':
      return withinType(operand, (order) => order <= 0)
    case '>':
      return withinType(operand, (order) => order > 0)
    case '>=':
      return withinType(operand, (order) => order >= 0)
    case 'array-contains': {
      const test = equalTo(operand)
      return (value) => Array.isArray(value) && value.some(test)
    }
    case 'array-contains-any': {
      const test = oneOf(operand as readonly Json[])
      return (value) => Array.isArray(value) && value.some(test)
    }
    case 'contains':
      return (value) => typeof value === 'string' && value.includes(operand as string)
    case 'starts-with':
      return (value) => typeof value === 'string' && value.startsWith(operand as string)
    case 'ends-with':
      return (value) => typeof value === 'string' && value.endsWith(operand as string)
  }
}

/** Q2: an exact complement, so two-valued logic needs no third case. */
function complement(test: Test): Test {
  return (value) => !test(value)
}

/**
 * Q3: deep, whatever the order of keys. Only a missing *path* equals null (Q1); inside values a null member and an
 * absent one stay two things, as documents keep them apart: `{ a: null }` does not equal `{}`.
 */
function equalTo(operand: Json): Test {
  if (operand === null) return isMissing
  if (typeof operand !== 'object') return (value) => value === operand
  return (value) => deepEqual(value, operand)
}

function oneOf(operands: readonly Json[]): Test {
  const primitives = new Set<Json>(
    operands.filter((operand) => typeof operand !== 'object' || operand === null),
  )
  const structured = operands.filter((operand) => typeof operand === 'object' && operand !== null)
  if (structured.length === 0) return (value) => primitives.has(value ?? null)
  return (value) => {
    if (typeof value !== 'object' || value === null) return primitives.has(value ?? null)
    return structured.some((operand) => deepEqual(value, operand))
  }
}

/** Q3: order comparisons hold within one JSON type only. */
function withinType(operand: Json, accept: (order: number) => boolean): Test {
  const rank = typeRank(operand)
  return (value) => typeRank(value) === rank && accept(compareJson(value, operand))
}
