import type { Services } from '../../services.ts'

/** Shows the page as the user chose; `system` leaves it to the browser. */
export function applyTheme(theme: Services['theme'], root: HTMLElement): void {
  const apply = (): void => {
    root.dataset['theme'] = theme.get()
  }
  theme.subscribe(apply)
  apply()
}
