export { supabaseAdapter } from './supabase-adapter.ts'
export type { SupabaseAdapterOptions } from './options.ts'
export type { SupabaseLike } from './supabase-like.ts'
