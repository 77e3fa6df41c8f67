import { createApp, defineComponent, h, ref } from 'vue'
import { exposeRecipe } from './recipe-page.ts'
import { useLive, useSyncStatus } from './use-live-vue.ts'

exposeRecipe((place, { watch, status: live }) => {
  const done = ref(false)
  const TodoList = defineComponent(() => {
    const { data, error } = useLive(() => watch(done.value))
    const status = useSyncStatus(live)
    return () => [
      h('p', `${status.value.pending} pending`),
      error.value === undefined ? null : '!',
      data.value?.map((todo) => h('li', { key: todo.id }, todo.text)),
    ]
  })
  const app = createApp(TodoList)
  app.mount(place)
  return { choose: (next) => (done.value = next), unmount: () => app.unmount() }
})
