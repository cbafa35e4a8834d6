import {
  type ComputedRef,
  computed,
  type MaybeRefOrGetter,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from 'vue';
import type { Client, Conversation, View } from './api.js';

/** A conversation for a component: its view, and what can be done with it. */
export interface UsedConversation {
  /** As in `conversation.view`; changes with each change of it. */
  readonly view: Readonly<ShallowRef<View>>;
  readonly conversation: ComputedRef<Conversation>;
}

/**
 * The conversation as state of a component, from Vue 3.3 on. `id` may be a ref or a getter: the view is then always that of
 * the conversation that it names. Setting the component up connects; unmounting does not disconnect, since another component
 * may show the same conversation. `client.conversation(id).close()` disconnects.
 */
export function useConversation(client: Client, id: MaybeRefOrGetter<string>): UsedConversation {
  // Computed: a conversation that closes would be opened again by each access.
  const conversation = computed(() => client.conversation(toValue(id)));
  const view = shallowRef(conversation.value.view);
  watch(
    conversation,
    (current, _before, onCleanup) => {
      const show = (): void => {
        view.value = current.view;
      };
      onCleanup(current.subscribe(show));
      show();
    },
    { immediate: true, flush: 'sync' },
  );
  return { view, conversation };
}
