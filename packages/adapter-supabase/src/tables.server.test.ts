/** Tables of the project's own, written by SyncLayer and by whoever uses the API without it. */
import type { BackendAdapter, Mutation } from '@synclayer/core/adapter'
import { afterAll, expect, test } from 'vitest'
import { openProject } from './testing/open-project.ts'
import { COLLECTIONS, openAdapter, pull, push, put } from './testing/requests.ts'

const project = await openProject(`
  DROP TABLE IF EXISTS public.todo;
  CREATE TABLE public.todo (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL DEFAULT auth.uid(),
    text text NOT NULL CONSTRAINT text_is_short CHECK (length(text) < 20),
    done boolean NOT NULL DEFAULT false
  );
  ALTER TABLE public.todo ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON public.todo TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
  SELECT synclayer.sync_table('todos',
    '{"table": ["public", "todo"], "id": "id", "scope": {"column": "user_id", "prefix": "user:"}}');
`)
afterAll(() => project.close())

const ADA = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'
const [ADAS, BOBS] = [`user:${ADA}`, `user:${BOB}`]
const as = (sub: string): Promise<BackendAdapter> => openAdapter({ client: project.client({ sub }) })

let n = 0
/** A new todo, with what is given in place of what is usual. */
function todo(id: string, more: object): Mutation {
  return { ...put(id, ++n), kind: 'put', data: { id, user_id: ADA, text: 'from afar', done: false, ...more } }
}
const newId = (): string => `33333333-3333-4333-8333-${String(++n).padStart(12, '0')}`

test('what is written through the API wakes who follows, and is theirs alone', async () => {
  const [ada, bob] = [await as(ADA), await as(BOB)]
  const { cursor } = await pull(ada, ADAS)
  let wakes = 0
  const wake = (): number => ++wakes
  await ada.subscribe!({ scope: ADAS, collections: COLLECTIONS, cursor }, wake, () => undefined)
  const { status } = await project.client({ sub: ADA }).from('todo').insert({ text: 'by hand' })
  expect(status).toBe(201)
  await expect.poll(() => wakes).toBeGreaterThan(0)
  const { changes } = await pull(ada, ADAS, cursor)
  expect(changes).toMatchObject([{ kind: 'put', data: { text: 'by hand', user_id: ADA, done: false } }])
  expect((await pull(bob, BOBS)).changes).toEqual([])
})

test('what is pushed is a row, which the table’s own policies show to whom they should', async () => {
  const id = newId()
  expect(await push(await as(ADA), ADAS, [todo(id, {})])).toMatchObject([{ status: 'accepted' }])
  const read = async (sub: string): Promise<unknown> =>
    (await project.client({ sub }).from('todo').select('text, done').eq('id', id)).data
  expect(await read(ADA)).toEqual([{ text: 'from afar', done: false }])
  expect(await read(BOB)).toEqual([])
})

test('what the table refuses is refused for good, by the name of its constraint', async () => {
  const [result] = await push(await as(ADA), ADAS, [todo(newId(), { text: 'much too long for this table' })])
  expect(result).toMatchObject({
    status: 'rejected',
    code: 'CONSTRAINT',
    details: { constraint: 'text_is_short' },
  })
})

test('nobody writes a row into the scope of somebody else', async () => {
  const id = newId()
  const [result] = await push(await as(ADA), ADAS, [todo(id, { user_id: BOB })])
  expect(result).toMatchObject({ status: 'rejected' })
  const { rows } = await project.owner.query('SELECT FROM public.todo WHERE id = $1', [id])
  expect(rows).toEqual([])
})
