/** Draws the app's icons into the build, and writes the manifest that names them. */
import type { Plugin } from 'vite'
import { drawIcon } from './draw-icon.ts'

/** `maskable`: cut to a shape by the system, so the sign keeps away from the edges. */
const ICONS = [
  { name: 'icon-192.png', size: 192, purpose: 'any' },
  { name: 'icon-512.png', size: 512, purpose: 'any' },
  { name: 'icon-maskable-512.png', size: 512, purpose: 'maskable' },
] as const

/** What iOS takes for the home screen; it rounds the corners itself. */
const TOUCH_ICON = { fileName: 'icons/touch-180.png', size: 180 }

const MANIFEST = {
  id: '/',
  name: 'Todos',
  short_name: 'Todos',
  description: 'A todo list that works without a network, on all of your devices.',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#f6f5f1',
  theme_color: '#f6f5f1',
  icons: ICONS.map(({ name, size, purpose }) => ({
    src: `/icons/${name}`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })),
}

export function iconsPlugin(): Plugin {
  return {
    name: 'todo-icons',
    apply: 'build',
    generateBundle() {
      for (const { name, size, purpose } of ICONS) {
        const source = drawIcon({ size, isMaskable: purpose === 'maskable' })
        this.emitFile({ type: 'asset', fileName: `icons/${name}`, source })
      }
      const { fileName, size } = TOUCH_ICON
      this.emitFile({ type: 'asset', fileName, source: drawIcon({ size, isMaskable: true }) })
      this.emitFile({
        type: 'asset',
        fileName: 'manifest.webmanifest',
        source: JSON.stringify(MANIFEST, null, 2),
      })
    },
  }
}
