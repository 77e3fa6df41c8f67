/**
 * The whole contract as a browser has it: by supabase-js with the publishable key and a signed-in user, through PostgREST,
 * under the time limits of that user's role.
 */
import { adapterConformance } from '@synclayer/conformance'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { afterAll, describe, test } from 'vitest'
import { MAX_CLIENT_ID_LENGTH } from './limits.ts'
import { supabaseAdapter } from './supabase-adapter.ts'
import { openProject } from './testing/open-project.ts'

/** The suite names its scopes itself; whoever is signed in may use all of them. */
const project = await openProject(`
  CREATE OR REPLACE FUNCTION synclayer.authorize(scope text, action text) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = '' AS 'SELECT auth.uid() IS NOT NULL';
`)
afterAll(() => project.close())

const CLAIMS = { sub: '11111111-1111-4111-8111-111111111111' }
const adapter = (): BackendAdapter => supabaseAdapter({ client: project.client(CLAIMS) })

adapterConformance({
  describe,
  test,
  create: async () => {
    await project.clear()
    return {
      adapter: adapter(),
      second: adapter,
      // In the database whose they are comes after them.
      maxClientIdLength: MAX_CLIENT_ID_LENGTH,
      backup: async () => {
        const restore = await project.backup()
        return async () => {
          await restore()
          return adapter()
        }
      },
      close: async () => {},
    }
  },
})
