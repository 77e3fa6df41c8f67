/** What the list is asked for. */
export const choice: { done: boolean } = $state({ done: false })
