/** Supabase, as a signed-in user of an app has it: by supabase-js, through PostgREST, under row-level security. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { supabaseAdapter } from '@synclayer/adapter-supabase'
import { supabaseProject } from '@synclayer/servers'
import { WebSocket } from 'ws'
import { adapterLoad } from './adapter-load.ts'
import type { DatabaseLoad, OpenLoads } from './load.ts'

/** Whoever is signed in may use every scope, and the plain table. */
const SET_UP = `
CREATE OR REPLACE FUNCTION synclayer.authorize(scope text, action text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = '' AS 'SELECT auth.uid() IS NOT NULL';
CREATE TABLE public.plain (id text COLLATE "C" PRIMARY KEY, document jsonb NOT NULL);
ALTER TABLE public.plain ENABLE ROW LEVEL SECURITY;
CREATE POLICY users ON public.plain TO authenticated USING (true) WITH CHECK (true);
`

/** A project of its own, with the migration applied. */
export async function openSupabase(): Promise<OpenLoads> {
  const project = await supabaseProject()
  await project.migrate(migrationSql())
  await project.migrate(SET_UP)
  const token = project.userToken({ sub: '11111111-1111-4111-8111-111111111111' })
  const client = createClient(project.url, project.anonKey, {
    accessToken: async () => token,
    realtime: { transport: WebSocket as never },
  })
  const ours = await adapterLoad(supabaseAdapter({ client }))
  return { product: 'Supabase', plain: plainSupabase(client), ours, remove: () => project.close() }
}

/** As its command prints it. */
function migrationSql(): string {
  const manifest = createRequire(import.meta.url).resolve('@synclayer/adapter-supabase/package.json')
  const command = path.join(path.dirname(manifest), 'bin/synclayer-supabase.js')
  return execFileSync(process.execPath, [command, 'migration', '--print'], { encoding: 'utf8' })
}

/** supabase-js by hand: one request with many rows is one statement. */
function plainSupabase(client: SupabaseClient): DatabaseLoad {
  return {
    async write(_client, todos) {
      const rows = todos.map((document) => ({ id: document.id, document }))
      await client.from('plain').insert(rows).throwOnError()
    },
    async *pages(pageSize) {
      for (let after = ''; ;) {
        const { data } = await client
          .from('plain')
          .select('id, document')
          .gt('id', after)
          .order('id')
          .limit(pageSize)
          .throwOnError()
        const rows = data as readonly { readonly id: string; readonly document: unknown }[]
        yield rows.map(({ document }) => document)
        if (rows.length < pageSize) return
        after = rows.at(-1)!.id
      }
    },
    close: () => client.realtime.disconnect().then(() => undefined),
  }
}
