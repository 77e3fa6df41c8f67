import type { BackendAdapter } from '@synclayer/core/adapter'
import { checkOptions, type RestAdapterOptions } from './options.ts'
import { createSimpleAdapter } from './simple/simple-adapter.ts'
import { createStrictAdapter } from './strict/strict-adapter.ts'

/**
 * A SyncLayer server as the backend, over HTTP and WebSocket; or, with `dialect: 'simple'`, plain endpoints of your own.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function restAdapter(options: RestAdapterOptions): BackendAdapter {
  const checked = checkOptions(options)
  return checked.dialect === 'simple' ? createSimpleAdapter(checked) : createStrictAdapter(checked)
}
