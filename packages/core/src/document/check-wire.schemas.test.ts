/**
 * The JSON Schemas of the protocol: that they are schemas, that none changes unnoticed, and that they say what the checks
 * say. Where the two differ on purpose, `asReceived` and `isBeyondSchemas` say how, and nothing else may differ.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isErrorCode, RETRYABLE_BY_CODE } from '../errors/codes.ts'
import { isSyncError } from '../errors/sync-error.ts'
import { PROTOCOL_VERSION, SOCKET_ERRORS } from '../protocol/wire.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { canonicalJson } from '../shared/canonical-json.ts'
import type { Json } from '../shared/json.ts'
import { checkFetchRequest, checkPullRequest, checkPushRequest } from './check-request.ts'
import { checkFetchResponse, checkPullResponse, checkPushResponse } from './check-response.ts'
import { checkClientMessage, checkErrorBody, checkHello, checkServerMessage } from './check-wire.ts'

// Thousands of values each: quick, but not on a machine that is busy with all tests at once.
const TIMEOUT_MS = 60_000

const FOLDER = new URL('../../schemas/', import.meta.url)
const FILES = readdirSync(FOLDER).toSorted()

/** All schemas by the names of their files. */
const SCHEMAS = Object.fromEntries(
  FILES.map((file) => [file, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Json]),
) as Readonly<Record<string, { readonly [key: string]: Json }>>

const ajv = new Ajv2020({ strict: true, strictTypes: true })
for (const schema of Object.values(SCHEMAS)) ajv.addSchema(schema)

/** True where the schema of that file, or a part of it, takes the value. */
function schemaTakes(name: string, value: unknown): boolean {
  return ajv.getSchema(name)!(value) as boolean
}

describe('the schemas', () => {
  test.each(FILES)('%s compiles, strictly, and is named after its file', (file) => {
    expect(SCHEMAS[file]?.['$id']).toBe(file)
    expect(ajv.getSchema(file)).toBeTypeOf('function')
  })

  test('say nothing new without anyone noticing: another hash is another version of the protocol, or a change none can feel', () => {
    const hash = createHash('sha256').update(canonicalJson(SCHEMAS)).digest('hex')
    expect({ protocol: PROTOCOL_VERSION, hash }).toEqual({
      protocol: 1,
      hash: '19456aee678772a9154d7b186088d39a23b7df61ed75ef5332bad2cbe8bbc0a7',
    })
  })

  test('know the error codes that core knows', () => {
    const { errorCode, socketErrorCode } = SCHEMAS['definitions.schema.json']!['$defs'] as Record<
      string,
      { readonly enum: readonly string[] }
    >
    expect(errorCode?.enum).toEqual(Object.keys(RETRYABLE_BY_CODE))
    expect(socketErrorCode?.enum).toEqual(Object.keys(SOCKET_ERRORS))
  })
})

// Valid messages.

const count = fc.nat(9)
const name = fc.constantFrom('todos', 'Lists_2')
const text = fc.string({ unit: 'grapheme', maxLength: 4 }).filter((made) => !made.includes('\0'))
const id = text.filter((made) => made !== '' && !/\p{Cc}/u.test(made))
const opaque = fc.constantFrom('v1', 'c~2')
const time = fc.constant('018f3c2a9b10-0000-00112233445566aa')
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Json>(null, true, 1.5),
    text,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(text, tie('value'), { maxKeys: 2 }),
  ),
})).value
const fieldsOf = fc.dictionary(text, json, { maxKeys: 2 })
const details = fieldsOf
const projection = fc.oneof(
  fc.record({ only: fc.array(text, { maxLength: 2 }) }),
  fc.record({ except: fc.array(text, { maxLength: 2 }) }),
)
const serverTime = fc.constantFrom(null, 0, 1785000000000.5)
const code = fc.constantFrom('NETWORK', 'FORBIDDEN')
const optional = { requiredKeys: [] as [] }
const path = fc.array(text, { minLength: 1, maxLength: 2 })
const filter: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 2 },
    fc.record({ op: fc.constantFrom('==', '<', 'array-contains'), path, value: json }),
    fc.record({ op: fc.constantFrom('in', 'not-in'), path, value: fc.array(json, { maxLength: 2 }) }),
    fc.record({ op: fc.constantFrom('contains', 'ends-with'), path, value: text }),
    fc.record({ op: fc.constantFrom('is-null', 'is-not-null'), path }),
    fc.record({
      op: fc.constantFrom('and', 'or'),
      filters: fc.array(tie('node'), { maxLength: 2 }),
    }),
    fc.record({ op: fc.constant('not'), filter: tie('node') }),
  ),
})).node
const collections = fc.array(fc.record({ name, filter, fields: projection }, { requiredKeys: ['name'] }), {
  maxLength: 2,
})

/** Its id is put into its document. */
const record = fc
  .record({
    collection: name,
    id,
    version: opaque,
    time,
    schema: count,
    data: fieldsOf,
    deleted: fc.boolean(),
  })
  .chain(({ data, deleted, ...head }) =>
    fc.record({ mutation: text }, optional).map((more) => ({
      ...head,
      ...more,
      deleted,
      ...(deleted ? {} : { data: { ...data, id: head.id } }),
    })),
  )
const change = fc.oneof(
  record.map((made) => ({ ...made, kind: made.deleted ? 'delete' : 'put' })),
  fc.record({ kind: fc.constant('leave'), collection: name, id, version: opaque }),
)
const page = fc.record(
  {
    changes: fc.array(change, { maxLength: 2 }),
    cursor: opaque,
    epoch: opaque,
    hasMore: fc.boolean(),
    remaining: count,
    serverTime,
  },
  { requiredKeys: ['changes', 'cursor', 'epoch', 'hasMore', 'serverTime'] },
)
const pointer = fc
  .array(text, { minLength: 1, maxLength: 2 })
  .map((keys) => keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''))
const patch = fc
  .uniqueArray(pointer, { maxLength: 3 })
  .map((pointers) =>
    pointers.filter(
      (made) => made !== '/id' && !pointersCollide([made, ...pointers.filter((other) => other !== made)]),
    ),
  )
  .chain((pointers) =>
    fc
      .record({ values: fc.array(json, { minLength: 3, maxLength: 3 }), cut: fc.nat(3) })
      .map(({ values, cut }) => ({
        set: Object.fromEntries(pointers.slice(0, cut).map((made, index) => [made, values[index]])),
        unset: pointers.slice(cut),
      })),
  )
const content = fc.oneof(
  fc.record({ kind: fc.constant('put'), base: fc.option(opaque), data: fieldsOf }),
  fc.record({ kind: fc.constant('patch'), base: opaque, patch }),
  fc.record({ kind: fc.constant('delete'), base: fc.option(opaque) }),
)
const mutations = fc
  .array(
    fc.tuple(
      content,
      fc.record({ collection: name, recordId: id, time, schema: count }),
      fc.record({ group: id }, optional),
    ),
    { maxLength: 2 },
  )
  .map((list) =>
    list.map(([inner, head, group], index) => ({
      id: `c.${index}`,
      ...head,
      ...group,
      ...inner,
      ...('data' in inner ? { data: { ...inner.data, id: head.recordId } } : {}),
    })),
  )
const result = fc.oneof(
  fc.record(
    { id: opaque, status: fc.constant('accepted'), version: opaque, data: fieldsOf },
    { requiredKeys: ['id', 'status', 'version'] },
  ),
  fc.record({ id: opaque, status: fc.constant('conflict'), current: fc.option(record) }),
  fc.record(
    { id: opaque, status: fc.constant('rejected'), code, reason: text, details },
    { requiredKeys: ['id', 'status', 'code', 'reason'] },
  ),
  fc.record({ id: opaque, status: fc.constant('aborted') }),
  fc.record(
    { id: opaque, status: fc.constant('retry'), code, retryAfterMs: count, details },
    { requiredKeys: ['id', 'status', 'code'] },
  ),
)
const capabilities = fc.record({
  consistency: fc.constantFrom('strict', 'relaxed'),
  orderedVersions: fc.boolean(),
  patch: fc.boolean(),
  groups: fc.boolean(),
  realtime: fc.boolean(),
  memory: fc.constantFrom('full', 'record'),
  maxBatch: fc.constant(1),
  maxRecordBytes: fc.constant(100_000),
})
const explanation = { message: text, details, retryAfterMs: count }
const ping = fc.record({ type: fc.constantFrom('ping', 'pong') })

/** What of a value was taken: all of it, all but some parts, or nothing. */
type Outcome = 'whole' | 'in part' | 'refused'

interface Subject {
  readonly valid: fc.Arbitrary<unknown>
  readonly check: (value: unknown) => Outcome
  /** Where the list is whose bad members harm no others. Undefined: there is none; []: the value itself. */
  readonly parts?: readonly string[]
}

const parts = ({ length }: readonly unknown[]): Outcome => (length === 0 ? 'whole' : 'in part')
const all = (check: (value: unknown) => unknown): ((value: unknown) => Outcome) => {
  return (value) => {
    check(value)
    return 'whole'
  }
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  hello: {
    valid: fc.record({
      protocol: fc.constant(1),
      capabilities,
      maxRequestBytes: fc.constant(9),
      maxIds: fc.constant(1),
      serverTime,
    }),
    check: all(checkHello),
  },
  'error-body': {
    valid: fc.record({ error: fc.record({ code, ...explanation }, { requiredKeys: ['code', 'message'] }) }),
    check: all(checkErrorBody),
  },
  'push-request': {
    valid: fc.record(
      {
        scope: fc.constant('a scope'),
        clientId: fc.constant('c'),
        settled: count,
        epoch: opaque,
        cursor: opaque,
        fields: fc.dictionary(name, projection),
        mutations,
      },
      { requiredKeys: ['scope', 'clientId', 'settled', 'epoch', 'cursor', 'mutations'] },
    ),
    check: (value) => parts(checkPushRequest(value).refused),
    parts: ['mutations'],
  },
  'push-response': {
    valid: fc.record({ results: fc.array(result, { maxLength: 2 }), serverTime }),
    check: (value) => parts(checkPushResponse(value).unreadable),
    parts: ['results'],
  },
  'pull-request': {
    valid: fc.record({ scope: fc.constant('s'), collections, cursor: fc.option(opaque), limit: count }),
    check: all((value) => checkPullRequest(value).collections.forEach(checkFilter)),
  },
  'pull-response': {
    valid: page,
    check: (value) => parts(checkPullResponse(value).unreadable),
    parts: ['changes'],
  },
  'fetch-request': {
    valid: fc.record(
      { scope: fc.constant('s'), collection: name, ids: fc.array(id, { maxLength: 2 }), fields: projection },
      { requiredKeys: ['scope', 'collection', 'ids'] },
    ),
    check: all(checkFetchRequest),
  },
  'fetch-response': {
    valid: fc.array(record, { maxLength: 2 }),
    check: (value) => parts(checkFetchResponse(value).unreadable),
    parts: [],
  },
  'client-message': {
    valid: fc.oneof(
      fc.record(
        { type: fc.constant('hello'), protocol: fc.constant(1), token: text },
        { requiredKeys: ['type', 'protocol'] },
      ),
      fc.record({
        type: fc.constant('subscribe'),
        id: count,
        scope: fc.constant('s'),
        collections,
        cursor: fc.option(opaque),
      }),
      fc.record({ type: fc.constant('unsubscribe'), id: count }),
      ping,
    ),
    check: all((value) => {
      const message = checkClientMessage(value)
      if (message.type === 'subscribe') message.collections.forEach(checkFilter)
    }),
  },
  'server-message': {
    valid: fc.oneof(
      fc.record({ type: fc.constant('welcome'), protocol: fc.constant(1) }),
      fc.record({ type: fc.constantFrom('subscribed', 'wake'), id: count }),
      fc
        .tuple(page, opaque, count)
        .map(([made, from, at]) => ({ type: 'page', id: at, page: { ...made, from } })),
      fc.record(
        {
          type: fc.constant('error'),
          id: count,
          code: fc.constantFrom('AUTH_FAILED', 'SERVER_ERROR'),
          ...explanation,
        },
        { requiredKeys: ['type', 'code', 'message'] },
      ),
      ping,
    ),
    check: (value) => {
      const message = checkServerMessage(value)
      return message.type === 'page' ? parts(message.unreadable) : 'whole'
    },
    parts: ['page', 'changes'],
  },
}

/** What a filter means is checked by whoever evaluates it, which every adapter does by this. */
function checkFilter({ filter: given }: { readonly filter?: unknown }): void {
  if (given !== undefined) parseFilter(given)
}

// One thing changed at a time, everywhere.

const REPLACEMENTS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  '',
  'x',
  'put',
  'a\0',
  'a\u007f',
  'a\ud800',
  'é',
  '__proto__',
  '/id',
  '/~2',
  'c.01',
  'other.1',
  'A'.repeat(64),
  'a'.repeat(129),
  '😀'.repeat(65),
  [],
  [null],
  {},
  { id: 1 },
]
const WITH_PROTO: unknown = JSON.parse('{"__proto__": 1}')

/** The value with each member removed, replaced by everything, and added to: one change at a time. */
function* mutants(value: unknown): Generator<unknown> {
  yield* REPLACEMENTS
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    yield [...(value as readonly unknown[]), null]
    if (value.length > 0) yield [...(value as readonly unknown[]), value[0]]
    for (const [index, member] of value.entries()) {
      for (const changed of mutants(member)) yield value.with(index, changed)
    }
    return
  }
  yield { ...value, extra: { anything: [null] } }
  yield { ...value, ...(WITH_PROTO as object) }
  for (const [key, member] of Object.entries(value)) {
    const { [key]: _removed, ...rest } = value as Record<string, unknown>
    yield rest
    for (const changed of mutants(member)) yield { ...value, [key]: changed }
  }
}

// Where they differ, on purpose.

const MUTATION_ID = /\.\d+$/

const ANSWERS = ['error-body', 'push-response', 'pull-response', 'fetch-response', 'server-message']

/**
 * What the checks take a value for, more generous than what may be sent: a code nobody knows is an error all the same; texts
 * inside documents of an answer are not looked into, for speed; a deleted record's document and a record's `text`, which
 * an adapter may give within a process, are passed over; and a path of a filter may be dotted.
 */
function asReceived(subject: string, value: unknown, inDocument = false): unknown {
  if (typeof value === 'string' && inDocument) return value.replaceAll(/[\0\ud800-\udfff]/g, '')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => asReceived(subject, item, inDocument))
  const isAnswer = ANSWERS.includes(subject)
  const { deleted } = value as { readonly deleted?: unknown }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
      if (isAnswer && key === 'code' && typeof member === 'string' && member !== '') {
        const known =
          subject === 'server-message' ? Object.hasOwn(SOCKET_ERRORS, member) : isErrorCode(member)
        const other = subject === 'server-message' ? 'SERVER_ERROR' : 'BACKEND_FAILED'
        return [[key, known ? member : other]]
      }
      if (isAnswer && !inDocument && key === 'text' && typeof member === 'string') return []
      if (isAnswer && !inDocument && key === 'data' && deleted === true) return []
      if (!isAnswer && key === 'path' && typeof member === 'string') {
        const keys = member.split('.')
        return [[key, keys.includes('') ? member : keys]]
      }
      const inside = inDocument || (isAnswer && (key === 'data' || key === 'details'))
      return [[key, asReceived(subject, member, inside && key !== 'id')]]
    }),
  )
}

/** What no schema can say: the length of ids in UTF-16, ids that must be equal, pointers that reach into each other. */
function isBeyondSchemas(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(isBeyondSchemas)
  const object = value as Readonly<Record<string, unknown>>
  const { data, set, unset, ids } = object
  // The id of a result is that of a mutation.
  const own = 'status' in object ? undefined : object['id']
  const names: readonly unknown[] = Array.isArray(ids) ? ids : []
  if ([own, object['recordId'], object['group'], ...names].some(isLongInUtf16)) return true
  const owner = object['recordId'] ?? ('deleted' in object ? object['id'] : undefined)
  if (owner !== undefined && data !== undefined && (data as { readonly id?: unknown }).id !== owner)
    return true
  const pointers = [
    ...Object.keys((set as object | undefined) ?? {}),
    ...((unset as readonly string[] | undefined) ?? []),
  ]
  if (('set' in object || 'unset' in object) && pointersCollide(pointers)) return true
  return Object.values(object).some(isBeyondSchemas)
}

function isLongInUtf16(value: unknown): boolean {
  return typeof value === 'string' && !MUTATION_ID.test(value) && value.length > 128
}

function pointersCollide(pointers: readonly string[]): boolean {
  return pointers.some((one, at) =>
    pointers.some((other, index) => index !== at && `${other}/`.startsWith(`${one}/`)),
  )
}

/** Without its id and group a mutation cannot be answered: then nothing of the push is. */
function areHeadsBroken(value: unknown): boolean {
  const { mutations: list, clientId } = value as {
    readonly mutations: readonly unknown[]
    readonly clientId: string
  }
  const seen = list.map((mutation) => (mutation as { readonly id?: unknown } | null)?.id)
  if (new Set(seen).size < seen.length) return true
  return list.some((mutation) => {
    if (typeof mutation !== 'object' || mutation === null || Array.isArray(mutation)) return true
    const head = mutation as { readonly id?: unknown; readonly group?: unknown }
    if (!schemaTakes('definitions.schema.json#/$defs/mutationId', head.id)) return true
    if ((head.id as string).replace(MUTATION_ID, '') !== clientId) return true
    return head.group !== undefined && !isId(head.group)
  })
}

function isId(value: unknown): boolean {
  return schemaTakes('definitions.schema.json#/$defs/recordId', value) && (value as string).length <= 128
}

/** What the schema, and the differences above, say of a value. */
function expected(subject: string, value: unknown): Outcome {
  const { parts: at } = SUBJECTS[subject]!
  const file = `${subject}.schema.json`
  const received = asReceived(subject, value)
  const isSound = (part: unknown): boolean => schemaTakes(file, part) && !isBeyondSchemas(part)
  if (at === undefined) return isSound(received) ? 'whole' : 'refused'
  if (!isSound(withPart(received, at, []))) return 'refused'
  if (subject === 'push-request' && areHeadsBroken(received)) return 'refused'
  return isSound(received) ? 'whole' : 'in part'
}

/** The value with the list at that place replaced, if there is a list. */
function withPart(value: unknown, at: readonly string[], list: readonly unknown[]): unknown {
  const [key, ...rest] = at
  if (key === undefined) return Array.isArray(value) ? list : value
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return value
  return { ...value, [key]: withPart((value as Record<string, unknown>)[key], rest, list) }
}

function found(subject: string, value: unknown): Outcome {
  try {
    return SUBJECTS[subject]!.check(value)
  } catch (error) {
    if (isSyncError(error)) return 'refused'
    throw error
  }
}

describe.each(Object.keys(SUBJECTS))('the checks and the schema of a %s', (subject) => {
  test(
    'take what is valid',
    () => {
      fc.assert(
        fc.property(SUBJECTS[subject]!.valid, (value) => {
          expect(found(subject, value)).toBe('whole')
          expect(schemaTakes(`${subject}.schema.json`, value), ajv.errorsText()).toBe(true)
        }),
        { numRuns: 100 },
      )
    },
    TIMEOUT_MS,
  )

  test(
    'agree on what is not, whatever is removed, replaced or added (W19)',
    () => {
      fc.assert(
        fc.property(SUBJECTS[subject]!.valid, (value) => {
          const differing = [...mutants(value)].filter(
            (mutant) => found(subject, mutant) !== expected(subject, mutant),
          )
          expect(differing).toEqual([])
        }),
        { numRuns: 10 },
      )
    },
    TIMEOUT_MS,
  )
})

describe('what the checks and the schemas differ in, on purpose', () => {
  const levels = (depth: number): unknown => (depth === 0 ? 1 : [levels(depth - 1)])
  const row = {
    collection: 'todos',
    id: '1',
    version: 'v',
    deleted: false,
    data: { id: '1' },
    time: '018f3c2a9b10-0000-00112233445566aa',
    schema: 1,
  }
  const pull = { scope: 's', collections: [{ name: 'todos', filter: { op: 'new' } }], cursor: null, limit: 1 }

  test('depth: only the checks count levels (D1)', () => {
    for (const [depth, outcome] of [
      [99, 'whole'],
      [100, 'in part'],
    ] as const) {
      const records = [{ ...row, data: { id: '1', deep: levels(depth) } }]
      expect(schemaTakes('fetch-response.schema.json', records)).toBe(true)
      expect(found('fetch-response', records)).toBe(outcome)
    }
  })

  test.each<readonly [string, string, unknown]>([
    ['an error code of a newer server', 'error-body', { error: { code: 'NEW', message: '' } }],
    ['a socket error of a newer server', 'server-message', { type: 'error', code: 'NEW', message: '' }],
    [
      'text in a document that was not looked into',
      'fetch-response',
      [{ ...row, data: { id: '1', a: '\0' } }],
    ],
    [
      'the JSON text of a record, of use within a process',
      'fetch-response',
      [{ ...row, text: '{"id":"1"}' }],
    ],
    ['the document of a deleted record', 'fetch-response', [{ ...row, deleted: true }]],
  ])('%s: taken by the check alone (W19)', (_what, subject, value) => {
    expect([found(subject, value), schemaTakes(`${subject}.schema.json`, value)]).toEqual(['whole', false])
  })

  test('the meaning of a filter: checked where it is evaluated (A7)', () => {
    expect(checkPullRequest(pull).collections).toEqual(pull.collections)
    expect([found('pull-request', pull), schemaTakes('pull-request.schema.json', pull)]).toEqual([
      'refused',
      false,
    ])
  })
})

describe('the schemas of the simple dialect', () => {
  const updatedAt = '2026-11-25T14:00:00.000Z'
  const alive = { recordId: 'a', data: { text: 'Milk' }, updatedAt }
  const gone = { recordId: 'a', deleted: true, data: null, updatedAt: '2026-11-25 14:00:00+01:00' }

  test.each<readonly [string, unknown]>([
    ['simple-record', { ...alive, version: 7, schema: 2, mutation: 'c.1' }],
    ['simple-record', gone],
    ['simple-page', [alive, gone]],
    ['simple-page', { records: [alive], cursor: 'c', hasMore: true }],
    ['simple-edit', { ...alive, version: null }],
    ['simple-edit', [alive, { ...gone, version: 'v' }]],
    ['simple-result', { recordId: 'a', version: 'v' }],
    ['simple-result', { results: [{ recordId: null, status: 'rejected', code: 'FORBIDDEN', reason: '' }] }],
    ['simple-result', { results: [{ recordId: 'a', status: 'conflict', current: alive }] }],
  ])('a %s: %j is one', (name, value) => {
    expect(schemaTakes(`${name}.schema.json`, value)).toBe(true)
  })

  test.each<readonly [string, unknown]>([
    ['simple-record', { ...alive, updatedAt: '2026-11-25T14:00:00' }],
    ['simple-record', { recordId: 'a', updatedAt }],
    ['simple-record', { ...alive, deleted: true }],
    ['simple-record', { ...alive, recordId: 1 }],
    ['simple-page', { cursor: 'c' }],
    ['simple-edit', { ...alive, version: '' }],
    ['simple-edit', { ...alive, data: [] }],
    ['simple-result', { results: [{ recordId: 'a', status: 'aborted' }] }],
  ])('a %s: %j is none', (name, value) => {
    expect(schemaTakes(`${name}.schema.json`, value)).toBe(false)
  })
})
